/// A position in the history of a store. Dense in a store of our own, increasing in every store.
package typealias Revision = Int64

/// One key with its value, as of some revision.
package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: [UInt8]
    /// The revision of the write that made this value.
    package var revision: Revision

    package init(key: String, value: [UInt8], revision: Revision) {
        self.key = key
        self.value = value
        self.revision = revision
    }
}

/// A part of a list.
package struct Page: Sendable, Equatable {
    package var entries: [Entry]
    /// The revision that all entries of this list are as of.
    package var revision: Revision
    /// True when more keys follow the last entry.
    package var hasMore: Bool

    package init(entries: [Entry], revision: Revision, hasMore: Bool) {
        self.entries = entries
        self.revision = revision
        self.hasMore = hasMore
    }
}

/// One write: `value` is `nil` when the key was removed.
package struct Change: Sendable, Equatable {
    package var key: String
    package var revision: Revision
    package var value: [UInt8]?

    package init(key: String, revision: Revision, value: [UInt8]?) {
        self.key = key
        self.revision = revision
        self.value = value
    }
}

/// What a watch brings.
package enum WatchDelivery: Sendable, Equatable {
    /// Changes in order of revision, never empty. A batch holds whole revisions.
    case changes([Change])
    /// Nothing else happened under the prefix up to this revision.
    case progress(Revision)
    /// The watch is over and brings nothing more; start again from a list.
    case ended(StoreError)
}

/// A watch under way. Brings nothing more once cancelled; dropping it does not cancel it.
package protocol WatchHandle: Sendable {
    func cancel()
}

/// The half of the store that cannot change it. Most code should ask for this.
package protocol ReadableStore: Sendable {
    /// The newest revision that any acknowledged write has reached (linearizable).
    func currentRevision() async throws(StoreError) -> Revision

    /// The entry as of `revision`, or as of now. `nil` when the key had no value then.
    func get(_ key: String, at revision: Revision?) async throws(StoreError) -> Entry?

    /// Up to `limit` entries (0: all) whose key begins with `prefix` and sorts after `after`, in order
    /// of the keys' UTF-8 bytes, all as of the same revision, which the page reports.
    func list(
        _ prefix: String, at revision: Revision?, limit: Int, after: String?
    ) async throws(StoreError) -> Page

    /// Every change after `revision` under `prefix`, in order, without gaps, to `deliver`, which is
    /// called from one thread at a time and must return quickly.
    ///
    /// A store inside this process delivers a change before the write that made it returns. Throws
    /// `.compacted` when the history after `revision` is gone.
    func watch(
        _ prefix: String, after revision: Revision, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) async throws(StoreError) -> any WatchHandle
}

/// A store in which every change has a revision, and the past can be read and watched.
///
/// Revisions strictly increase across all keys. A read at a revision sees exactly the changes up to
/// it. An acknowledged write is on disk, except under prefixes that the store was told may be lost
/// in a power cut. Implementations: SQLite, etcd, and the twin in memory; all pass `StoreContract`.
package protocol RevisionedStore: ReadableStore {
    /// Stores `value` under a key that has none; throws `.keyExists` otherwise. With `timeToLive`, the
    /// store removes the key that long after this write, give or take a few seconds.
    func create(_ key: String, _ value: [UInt8], timeToLive: Duration?) async throws(StoreError) -> Revision

    /// Replaces the value if the key is still at `expected`. Throws `.revisionConflict` otherwise,
    /// and `.keyNotFound` when it has gone.
    func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], timeToLive: Duration?
    ) async throws(StoreError) -> Revision

    /// Removes the key, if it is still at `expected` when that is given, and returns the revision of
    /// the removal. Throws `.revisionConflict` or `.keyNotFound`.
    func delete(_ key: String, ifAt expected: Revision?) async throws(StoreError) -> Revision

    /// Forgets what had been overwritten or deleted at or before `revision`. Reads at an earlier
    /// revision, and watches from one, throw `.compacted` from now on. Current values are never forgotten.
    func compact(through revision: Revision) async throws(StoreError)

    /// Ends all watches with `.unavailable`, finishes the writes under way and lets go of files and connections.
    func close() async
}
