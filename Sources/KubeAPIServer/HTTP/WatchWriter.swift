internal import APIRegistry
internal import Determinism
internal import NIOCore
internal import Synchronization

/// The watches of one event loop: it is told once that some of them have something new, however many they are.
final class WatchLoop: Sendable {
    let eventLoop: any EventLoop
    private let due = Mutex<[WatchWriter]>([])

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func schedule(_ writer: WatchWriter) {
        let isFirst = due.withLock { due in
            due.append(writer)
            return due.count == 1
        }
        if isFirst { eventLoop.execute { self.run() } }
    }

    private func run() {
        let writers = due.withLock { due in
            defer { due = [] }
            return due
        }
        for writer in writers { writer.pump() }
    }
}

/// Moves frames from a subscription to a connection whenever there are some and the connection can take them.
///
/// Lives on one event loop; only the note that something is new comes from elsewhere, and at most one
/// such note is on its way at any time.
final class WatchWriter: Sendable {
    /// How often an idle watch says how far it is, to those who asked for that.
    static let bookmarkInterval = TimeAmount.seconds(60)

    private let subscription: WatchSubscription
    private let loop: WatchLoop
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
        subscription: WatchSubscription, loop: WatchLoop, isWritable: @escaping @Sendable () -> Bool,
        write: @escaping @Sendable ([[UInt8]]) -> Void, end: @escaping @Sendable () -> Void
    ) {
        self.subscription = subscription
        self.loop = loop
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
        let timeout = loop.eventLoop.scheduleTask(in: .nanoseconds(subscription.timeout.wholeNanoseconds)) { [weak self] () -> Void in
            self?.finish()
        }
        var timers = [Timer.once(timeout)]
        if subscription.wantsBookmarks {
            let bookmarks = loop.eventLoop.scheduleRepeatedTask(
                initialDelay: Self.bookmarkInterval, delay: Self.bookmarkInterval
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
        loop.schedule(self)
    }

    /// Writes what there is while the connection takes it. On the event loop only.
    func pump() {
        isScheduled.store(false, ordering: .releasing)
        while !isOver.load(ordering: .acquiring), isWritable() {
            switch subscription.pull() {
            case .frames(let frames, let isAll):
                if !frames.isEmpty { write(frames) }
                // What comes later tells of itself.
                if isAll { return }
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
