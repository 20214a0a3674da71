import Determinism
import KeyValueStore
import SQLiteStore
import Synchronization
import Testing

@Suite("SQLiteStore's history")
struct HistoryTests {
    @Test("writes compact what is old enough and far enough back, and nothing else")
    func compactsAutomatically() async throws {
        try await withTemporaryDirectory { path in
            let time = ManualTimekeeper()
            let history = SQLiteStoreOptions.History(duration: .seconds(60), revisions: 50)
            let options = SQLiteStoreOptions(relaxedPrefixes: ["/registry/leases/"], history: history)
            let store = try SQLiteStore(directory: path, options: options, time: time, logger: .silent)
            var last = try await store.create("/registry/a", [0], timeToLive: nil)
            let first = last
            for _ in 0..<3_000 { last = try await store.update("/registry/a", ifAt: last, to: [1], timeToLive: nil) }
            #expect(try await store.get("/registry/a", at: first)?.value == [0], "nothing is old enough yet")

            time.advance(by: .seconds(5))
            _ = try await store.create("/registry/mark", [], timeToLive: nil)
            time.advance(by: .seconds(30))
            let middle = try await store.create("/registry/leases/b", [2], timeToLive: nil)
            time.advance(by: .seconds(40))
            let end = try await store.create("/registry/c", [3], timeToLive: nil)
            // The writer compacts after it has answered, and before it takes the next write.
            _ = try await store.create("/registry/d", [4], timeToLive: nil)
            await #expect(throws: StoreError(.compacted, key: "/registry/a")) {
                try await store.get("/registry/a", at: first)
            }
            #expect(try await store.get("/registry/a", at: end - 50)?.value == [1], "not far enough back")
            #expect(try await store.get("/registry/leases/b", at: middle)?.value == [2], "younger than the duration")
            await store.close()
        }
    }

    @Test("a store with a size refuses writes when it is full, loses nothing, and goes on when there is room")
    func survivesAFullDisk() async throws {
        try await withTemporaryDirectory { path in
            let options = SQLiteStoreOptions(sizeMax: 2 << 20)
            let store = try SQLiteStore(directory: path, options: options, logger: .silent)
            let delivered = Mutex<[Revision]>([])
            _ = try await store.watch("/", after: 0) { delivery in
                guard case .changes(let changes) = delivery else { return }
                delivered.withLock { $0 += changes.map(\.revision) }
            }
            let value = [UInt8](repeating: 7, count: 10_000)
            var last = try await store.create("/registry/a", value, timeToLive: nil)
            var acknowledged = [last]
            var refusal: StoreError?
            while refusal == nil && acknowledged.count < 1_000 {
                do throws(StoreError) {
                    last = try await store.update("/registry/a", ifAt: last, to: value, timeToLive: nil)
                    acknowledged.append(last)
                } catch { refusal = error }
            }
            #expect(refusal?.code == .unavailable)
            #expect(refusal?.key == "/registry/a")
            #expect(try await store.currentRevision() == last)
            #expect(try await store.get("/registry/a", at: nil)?.revision == last)
            #expect(delivered.withLock { $0 } == acknowledged)

            try await store.compact(through: last)
            var recovered: Revision?
            for _ in 0..<200 where recovered == nil {
                // Compaction gives room a little at a time, between writes: refused until then.
                recovered = try? await store.update("/registry/a", ifAt: last, to: [1], timeToLive: nil)
            }
            #expect(try await store.get("/registry/a", at: nil)?.value == [1])
            #expect(try #require(recovered) > last)
            await store.close()
        }
    }
}
