package import Determinism
internal import Synchronization

/// The scheduling queue with somebody waiting at its end.
package final class PodQueue: Sendable {
    private struct State {
        var queue = SchedulingQueue()
        /// The alarm that is set already.
        var alarm: Duration?
    }

    private let state = Mutex(State())
    private let time: any Timekeeper
    /// "Look again": more than one at a time says nothing more.
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let alarms: AsyncStream<Duration>
    private let alarm: AsyncStream<Duration>.Continuation

    package init(time: any Timekeeper) {
        self.time = time
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (alarms, alarm) = AsyncStream.makeStream()
    }

    package var count: Int { state.withLock { $0.queue.count } }

    /// Changes the queue, and wakes whoever waits for it.
    package func change(_ body: (inout SchedulingQueue) -> Void) {
        state.withLock { body(&$0.queue) }
        wake.yield()
    }

    /// Tells of an event without waking when it helps nobody.
    package func happened(_ events: ClusterEvents) {
        let mayHelp = state.withLock { state in
            state.queue.happened(events)
            return state.queue.hasReady
        }
        if mayHelp { wake.yield() }
    }

    /// The next pod, or `nil` when the task is cancelled. One caller at a time.
    package func next() async -> SchedulingQueue.Entry? {
        var iterator = wakes.makeAsyncIterator()
        while !Task.isCancelled {
            if let entry = take() { return entry }
            guard await iterator.next() != nil else { return nil }
        }
        return nil
    }

    private func take() -> SchedulingQueue.Entry? {
        let now = time.uptime
        let (entry, deadline) = state.withLock { state -> (SchedulingQueue.Entry?, Duration?) in
            if let entry = state.queue.next(now: now) { return (entry, nil) }
            guard let deadline = state.queue.nextDeadline else { return (nil, nil) }
            if let set = state.alarm, set > now, set <= deadline { return (nil, nil) }
            state.alarm = deadline
            return (nil, deadline)
        }
        if let deadline { alarm.yield(deadline) }
        return entry
    }

    /// Wakes the queue when pauses end; runs until cancelled. An alarm that an earlier one overtook rings in
    /// vain, once.
    package func runAlarms() async {
        await withDiscardingTaskGroup { group in
            for await deadline in alarms {
                group.addTask {
                    // Cancelled: the scheduler is stopping, and nobody waits for the alarm any more.
                    guard (try? await self.time.sleep(until: deadline)) != nil else { return }
                    self.wake.yield()
                }
            }
            group.cancelAll()
        }
    }
}
