package import EtcdProtocol
package import KeyValueStore

/// How far a watch has come, and what each answer of the server means for it.
package struct WatchPosition: Sendable {
    /// Everything up to here has been delivered.
    package private(set) var seen: Revision
    /// The first parts of an answer that comes in fragments.
    private var fragments: [Change] = []

    package init(after revision: Revision) { seen = revision }

    /// What to deliver. Throws when the server has ended the watch for good.
    package mutating func take(_ response: Etcdserverpb_WatchResponse, _ prefix: String) throws -> [WatchDelivery] {
        if response.canceled {
            fragments = []
            if response.compactRevision > 0 {
                throw StoreError(.compacted, key: prefix, detail: "through \(response.compactRevision)")
            }
            throw WatchCancelled(reason: response.cancelReason)
        }
        // Events may come twice around a broken stream, never out of order.
        fragments += response.events.map { Change($0) }.filter { $0.revision > seen }
        if response.fragment || response.created { return [] }
        if let last = fragments.last {
            defer { fragments = [] }
            seen = last.revision
            return [.changes(fragments)]
        }
        guard response.events.isEmpty, response.header.revision > seen else { return [] }
        seen = response.header.revision
        return [.progress(seen)]
    }
}

/// The server ended a watch that may begin again.
package struct WatchCancelled: Error {
    /// In the server's words.
    package let reason: String
}
