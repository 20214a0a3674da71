internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import NIOCore

/// Moves frames from a subscription to its client whenever there are some and the client can take them.
///
/// Lives on one event loop.
final class WatchWriter {
    /// How often an idle watch says how far it is, to those who asked for that.
    static let bookmarkInterval = TimeAmount.seconds(60)

    private let subscription: WatchSubscription
    private let loop: WatchLoop
    private let sink: any AnswerSink
    private var isOver = false
    private var timeout: Scheduled<Void>?
    private var bookmarks: RepeatedTask?

    init(_ subscription: WatchSubscription, _ loop: WatchLoop, sink: any AnswerSink) {
        self.subscription = subscription
        self.loop = loop
        self.sink = sink
    }

    func start() {
        do throws(StatusError) { try loop.add(self, to: subscription.cache) } catch {
            return end()
        }
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        subscription.start { [loop] in loop.eventLoop.execute { bound.value.pump() } }
        timeout = loop.eventLoop.scheduleTask(in: .nanoseconds(subscription.timeout.wholeNanoseconds)) {
            bound.value.end()
        }
        if subscription.wantsBookmarks {
            bookmarks = loop.eventLoop.scheduleRepeatedTask(
                initialDelay: Self.bookmarkInterval, delay: Self.bookmarkInterval
            ) { (_: RepeatedTask) in bound.value.writeBookmark() }
        }
        pump()
    }

    /// The client is gone.
    func stop() {
        guard !isOver else { return }
        isOver = true
        loop.remove(self, from: subscription.cache)
        subscription.stop()
        timeout?.cancel()
        bookmarks?.cancel()
    }

    func pump() {
        var turn = WatchTurn(subscription.cache)
        pump(&turn)
    }

    /// Writes what there is while the client takes it.
    func pump(_ turn: inout WatchTurn) {
        while !isOver, sink.isWritable {
            turn.frames.removeAll(keepingCapacity: true)
            let progress = subscription.pull(&turn.reader, into: &turn.frames)
            if !turn.frames.isEmpty { sink.write(turn.frames) }
            switch progress {
            case .more: continue
            case .all: return
            case .ended: return end()
            }
        }
    }

    private func writeBookmark() {
        guard sink.isWritable, let frame = subscription.bookmark() else { return }
        sink.write([frame])
    }

    private func end() {
        guard !isOver else { return }
        stop()
        sink.end()
    }
}
