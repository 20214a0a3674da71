internal import KeyValueStore
internal import Synchronization

/// One watch. Brought to by a reader's thread until it has caught up, and from then on by the writer's.
final class Watcher: WatchHandle {
    let prefix: KeyBytes
    private let deliver: @Sendable (WatchDelivery) -> Void
    private let leave: @Sendable (Watcher) -> Void
    private let cancelled = Atomic(false)

    init(
        _ prefix: String, deliver: @escaping @Sendable (WatchDelivery) -> Void,
        leave: @escaping @Sendable (Watcher) -> Void
    ) {
        self.prefix = KeyBytes(prefix)
        self.deliver = deliver
        self.leave = leave
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() {
        if !cancelled.exchange(true, ordering: .acquiringAndReleasing) { leave(self) }
    }

    func bring(_ delivery: WatchDelivery) {
        if !isCancelled { deliver(delivery) }
    }
}
