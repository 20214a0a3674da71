internal import KeyValueStore
internal import Synchronization

/// One watcher; called under the store's turn, cancelled from anywhere.
final class MemoryWatch: WatchHandle {
    let prefix: KeyBytes
    private let deliver: @Sendable (WatchDelivery) -> Void
    private let cancelled = Atomic(false)

    init(prefix: KeyBytes, deliver: @escaping @Sendable (WatchDelivery) -> Void) {
        self.prefix = prefix
        self.deliver = deliver
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() { cancelled.store(true, ordering: .releasing) }

    func bring(_ changes: [Change]) {
        let mine = changes.filter { KeyBytes($0.key).hasPrefix(prefix) }
        if !mine.isEmpty && !isCancelled { deliver(.changes(mine)) }
    }

    func end(_ error: StoreError) {
        if !isCancelled { deliver(.ended(error)) }
    }
}
