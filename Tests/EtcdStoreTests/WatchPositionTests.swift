import EtcdProtocol
import EtcdStore
import KeyValueStore
import SwiftProtobuf
import Testing

@Suite("WatchPosition")
struct WatchPositionTests {
    private func response(
        _ revisions: [Revision], header: Revision = 0, fragment: Bool = false, created: Bool = false
    ) -> Etcdserverpb_WatchResponse {
        .with {
            $0.header = .with { $0.revision = header }
            $0.fragment = fragment
            $0.created = created
            $0.events = revisions.map { revision in .with { $0.kv = .with { $0.modRevision = revision } } }
        }
    }

    private func revisions(_ deliveries: [WatchDelivery]) -> [Revision] {
        deliveries.flatMap { delivery in
            if case .changes(let changes) = delivery { changes.map(\.revision) } else { [] as [Revision] }
        }
    }

    @Test("fragments are put together, and what was seen before is left out")
    func joinsFragments() throws {
        var position = WatchPosition(after: 5)
        #expect(try position.take(response([], header: 9, created: true), "/").isEmpty)
        #expect(try position.take(response([4, 5, 6], fragment: true), "/").isEmpty)
        #expect(position.seen == 5)
        #expect(revisions(try position.take(response([6, 7]), "/")) == [6, 6, 7])
        #expect(position.seen == 7)
        #expect(try position.take(response([7]), "/").isEmpty)
    }

    @Test("progress counts only when it is ahead and nothing is under way")
    func reportsProgress() throws {
        var position = WatchPosition(after: 5)
        #expect(try position.take(response([], header: 5), "/").isEmpty)
        #expect(try position.take(response([], header: 8), "/") == [.progress(8)])
        #expect(position.seen == 8)
    }

    @Test("a watch that the server cancels is over if history is gone, and begins again otherwise")
    func tellsEnds() {
        var position = WatchPosition(after: 5)
        let compacted = Etcdserverpb_WatchResponse.with {
            $0.canceled = true
            $0.compactRevision = 7
        }
        #expect(throws: StoreError(.compacted, key: "/")) { try position.take(compacted, "/") }
        let cancelled = Etcdserverpb_WatchResponse.with { $0.canceled = true }
        #expect(throws: WatchCancelled.self) { try position.take(cancelled, "/") }
    }
}
