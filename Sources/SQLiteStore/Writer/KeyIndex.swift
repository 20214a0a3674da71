internal import KeyValueStore

/// At which revision each key is now and when it expires: enough to judge a write without the disk.
///
/// Changes can be taken back until they are kept, because a transaction can fail.
struct KeyIndex {
    private struct Before {
        let key: KeyBytes
        let revision: Revision?
        let deadline: Duration?
    }

    private var revisions: [KeyBytes: Revision] = [:]
    private var expiries = ExpiryIndex()
    private var undo: [Before] = []

    var count: Int { revisions.count }

    var nextExpiry: Duration? { expiries.next }

    func revision(of key: KeyBytes) -> Revision? { revisions[key] }

    /// Notes a change; `revision` is `nil` when the key was removed.
    mutating func set(_ key: KeyBytes, to revision: Revision?, deadline: Duration?) {
        undo.append(Before(key: key, revision: revisions[key], deadline: expiries[key]))
        revisions[key] = revision
        expiries[key] = deadline
    }

    /// Up to `limit` keys that have expired. They count as expiring at `retry` until they are removed.
    mutating func due(at uptime: Duration, limit: Int, retry: Duration) -> [KeyBytes] {
        let keys = expiries.takeDue(at: uptime, limit: limit)
        for key in keys { expiries[key] = retry }
        return keys
    }

    /// The changes so far are on disk.
    mutating func keep() { undo.removeAll(keepingCapacity: true) }

    /// The changes since the last `keep` did not happen.
    mutating func takeBack() {
        for before in undo.reversed() {
            revisions[before.key] = before.revision
            expiries[before.key] = before.deadline
        }
        keep()
    }
}
