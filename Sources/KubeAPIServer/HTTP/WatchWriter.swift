internal import APIRegistry
internal import Determinism
internal import NIOCore
internal import Synchronization

/// Moves frames from a subscription to a connection whenever there are some and the connection can take them.
///
/// Lives on one event loop; only the note that something is new comes from elsewhere, and at most one
/// such note is on its way at any time.
final class WatchWriter: Sendable {
    private let subscription: WatchSubscription
    private let eventLoop: any EventLoop
    private let isWritable: @Sendable () -> Bool
    private let write: @Sendable ([[UInt8]]) -> Void
    private let end: @Sendable () -> Void
    private let isScheduled = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)
    private let timers = Mutex<[Timer]>([])

    private enum Timer {
        case once(Scheduled<Void>)
        case repeated(RepeatedTask)
    }

    init(
        subscription: WatchSubscription, eventLoop: any EventLoop, isWritable: @escaping @Sendable () -> Bool,
        write: @escaping @Sendable ([[UInt8]]) -> Void, end: @escaping @Sendable () -> Void
    ) {
        self.subscription = subscription
        self.eventLoop = eventLoop
        self.isWritable = isWritable
        self.write = write
        self.end = end
    }

    func start() {
        do {
            try subscription.start { [weak self] in self?.schedule() }
        } catch {
            return finish()
        }
        let timeout = eventLoop.scheduleTask(in: .nanoseconds(subscription.timeout.wholeNanoseconds)) { [weak self] () -> Void in
            self?.finish()
        }
        var timers = [Timer.once(timeout)]
        if subscription.wantsBookmarks {
            let bookmarks = eventLoop.scheduleRepeatedTask(
                initialDelay: RequestHandler.bookmarkInterval, delay: RequestHandler.bookmarkInterval
            ) { [weak self] _ in
                guard let self, self.isWritable(), let frame = self.subscription.bookmark() else { return }
                self.write([frame])
            }
            timers.append(.repeated(bookmarks))
        }
        self.timers.withLock { $0 = timers }
    }

    func stop() {
        guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
        subscription.stop()
        let timers = timers.withLock { timers in
            defer { timers = [] }
            return timers
        }
        for timer in timers {
            switch timer {
            case .once(let task): task.cancel()
            case .repeated(let task): task.cancel()
            }
        }
    }

    private func schedule() {
        guard !isScheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        eventLoop.execute { self.pump() }
    }

    /// Writes what there is while the connection takes it. On the event loop only.
    func pump() {
        isScheduled.store(false, ordering: .releasing)
        while !isOver.load(ordering: .acquiring), isWritable() {
            switch subscription.pull() {
            case .idle:
                return
            case .frames(let frames):
                if !frames.isEmpty { write(frames) }
            case .ended(let frames):
                if !frames.isEmpty { write(frames) }
                return finish()
            }
        }
    }

    private func finish() {
        guard !isOver.load(ordering: .acquiring) else { return }
        stop()
        end()
    }
}
