internal import KeyValueStore

/// Reads from one connection at any revision that is not compacted.
// After it is made, only the thread that it was made for uses it.
final class Reader: @unchecked Sendable {
    private let queries: Queries
    private let position: Position

    init(_ files: StoreDirectory, _ routing: Routing, _ position: Position) throws(StoreError) {
        let connection = try Connection(path: files.main)
        try Schema.configure(connection, volatile: files.volatile, sizeMax: nil)
        try connection.execute("PRAGMA query_only = ON")
        queries = try Queries(connection, routing)
        self.position = position
    }

    func get(_ key: String, at asked: Revision?) throws(StoreError) -> Entry? {
        try read(key, at: asked) { revision throws(StoreError) in
            try queries.entry(KeyBytes(key), at: revision)
        }
    }

    func list(_ prefix: String, at asked: Revision?, limit: Int, after: String?) throws(StoreError) -> Page {
        let bytes = KeyBytes(prefix)
        // The first key after `after` is `after` and a zero byte.
        let first = after.map { max(bytes, KeyBytes(bytes: KeyBytes($0).bytes + [0])) } ?? bytes
        return try read(prefix, at: asked) { revision throws(StoreError) in
            let wanted = limit > 0 ? limit + 1 : 0
            var entries = try queries.entries(bytes, from: first, at: revision, limit: wanted)
            let hasMore = limit > 0 && entries.count > limit
            if hasMore { entries.removeLast() }
            return Page(entries: entries, revision: revision, hasMore: hasMore)
        }
    }

    /// Delivers what the watch has missed; returns the revision up to which it has now seen everything.
    func catchUp(_ watcher: Watcher, after revision: Revision) throws(StoreError) -> Revision {
        let prefix = watcher.prefix.text
        _ = try position.readable(revision, prefix)
        let last = position.published
        try queries.changes(
            watcher.prefix, after: revision, through: last,
            begun: { () throws(StoreError) in _ = try position.readable(revision, prefix) },
            bring: { watcher.bring(.changes($0)) })
        return last
    }

    /// Reads as of a revision. Rows are removed only after `compacted` has been raised, so a result is
    /// whole if the revision is still readable once it is there.
    private func read<T>(
        _ key: String, at asked: Revision?, _ query: (Revision) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        for _ in 0..<Limits.readAttemptsMax {
            let revision = try position.readable(asked, key)
            let result = try query(revision)
            if position.compacted <= revision { return result }
        }
        throw StoreError(.unavailable, key: key, detail: "compaction overtook the read")
    }
}
