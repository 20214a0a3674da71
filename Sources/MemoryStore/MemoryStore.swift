package import Determinism
package import KeyValueStore
internal import Synchronization

/// A store in memory, too simple to be wrong: the twin that the others are held against, and the store
/// of simulations and benchmarks. Nothing outlives the process.
///
/// One write at a time: `turn` is held while a change is made and delivered, so that watchers see every
/// change in order and before its write returns. What it guards is in `MemoryHistory`.
package final class MemoryStore: RevisionedStore {
    private let time: any Timekeeper
    private let turn = Mutex(())
    private let state: Mutex<MemoryHistory>
    private let watchers = Mutex<[MemoryWatch]>([])
    private let timer: Mutex<ExpiryTimer?> = Mutex(nil)

    package init(time: any Timekeeper = SystemTimekeeper()) {
        self.time = time
        state = Mutex(MemoryHistory())
        timer.withLock { $0 = ExpiryTimer(time: time) { [weak self] in self?.removeExpired() } }
    }

    package func currentRevision() async throws(StoreError) -> Revision {
        try read { history throws(StoreError) in
            try history.checkOpen("")
            return history.revision
        }
    }

    package func get(_ key: String, at revision: Revision?) async throws(StoreError) -> Entry? {
        try read { history throws(StoreError) in
            let revision = try history.readable(revision, key)
            return history.entry(KeyBytes(key), at: revision)
        }
    }

    package func list(
        _ prefix: String, at revision: Revision?, limit: Int, after: String?
    ) async throws(StoreError) -> Page {
        try read { history throws(StoreError) in
            let revision = try history.readable(revision, prefix)
            return history.page(
                KeyBytes(prefix), at: revision, limit: limit, after: after.map { KeyBytes($0) })
        }
    }

    package func watch(
        _ prefix: String, after revision: Revision, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) async throws(StoreError) -> any WatchHandle {
        let watch = MemoryWatch(prefix: KeyBytes(prefix), deliver: deliver)
        let joined: Result<Void, StoreError> = turn.withLock { _ in
            let missed = Result { () throws(StoreError) in
                try read { history throws(StoreError) in
                    _ = try history.readable(revision, prefix)
                    return history.changes(after: revision)
                }
            }
            return missed.map { missed in
                watch.bring(missed)
                watchers.withLock { $0 = $0.filter { !$0.isCancelled } + [watch] }
            }
        }
        try joined.get()
        return watch
    }

    package func create(_ key: String, _ value: [UInt8], timeToLive: Duration?) async throws(StoreError) -> Revision {
        let deadline = timeToLive.map { time.uptime + $0 }
        return try write { history throws(StoreError) in
            try history.create(key, value, deadline: deadline)
        }
    }

    package func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], timeToLive: Duration?
    ) async throws(StoreError) -> Revision {
        let deadline = timeToLive.map { time.uptime + $0 }
        return try write { history throws(StoreError) in
            try history.update(key, ifAt: expected, to: value, deadline: deadline)
        }
    }

    package func delete(_ key: String, ifAt expected: Revision?) async throws(StoreError) -> Revision {
        try write { history throws(StoreError) in try history.delete(key, ifAt: expected) }
    }

    package func compact(through revision: Revision) async throws(StoreError) {
        try read { history throws(StoreError) in try history.compact(through: revision) }
    }

    package func close() async {
        timer.withLock { $0?.stop() }
        turn.withLock { _ in
            state.withLock { $0.isClosed = true }
            let ended = watchers.withLock { watchers in
                defer { watchers = [] }
                return watchers
            }
            for watch in ended { watch.end(StoreError(.unavailable, key: watch.prefix.text, detail: "closed")) }
        }
    }

    private func read<T: Sendable>(
        _ body: (inout MemoryHistory) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try state.withLock { history in Result { () throws(StoreError) in try body(&history) } }.get()
    }

    /// Makes one change, delivers it, and sets the timer if it made something expire.
    private func write(
        _ body: (inout MemoryHistory) throws(StoreError) -> Change
    ) throws(StoreError) -> Revision {
        let made: Result<Change, StoreError> = turn.withLock { _ in
            let change = Result { () throws(StoreError) in try read(body) }
            if case .success(let change) = change {
                for watch in watchers.withLock({ $0 }) { watch.bring([change]) }
            }
            return change
        }
        let change = try made.get()
        let next = state.withLock { $0.expiries.next }
        timer.withLock { $0 }?.arm(next)
        return change.revision
    }

    private func removeExpired() {
        let due = state.withLock { $0.expiries.takeDue(at: time.uptime, limit: .max) }
        for key in due {
            // Somebody else may have removed it, or the store may be closed: then there is nothing to do.
            _ = try? write { history throws(StoreError) in try history.delete(key.text, ifAt: nil) }
        }
        let next = state.withLock { $0.expiries.next }
        timer.withLock { $0 }?.arm(next)
    }
}
