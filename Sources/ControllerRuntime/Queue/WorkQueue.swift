package import Determinism
internal import Metrics
internal import Synchronization

/// Keys that wait to be reconciled: each at most once, never given to two workers at the same time,
/// and again after it is done if it was added meanwhile.
///
/// Bounded by nature: it holds keys of existing objects, once each.
package final class WorkQueue: Sendable {
    /// As upstream's default for controllers.
    package static let defaultBackoff = Backoff(initial: .milliseconds(5), maximum: .seconds(1000))

    struct Delayed: Sendable {
        let key: ObjectKey
        let deadline: Duration
    }

    private struct State {
        var ready: [ObjectKey] = []
        var firstReady = 0
        /// Since when.
        var dirty: [ObjectKey: Duration] = [:]
        var processing: [ObjectKey: Duration] = [:]
        var adds = 0
        var retries = 0
        var failures: [ObjectKey: Int] = [:]
        /// The earliest moment each delayed key is due.
        var delayed: [ObjectKey: Duration] = [:]
        var waiters: [UInt64: CheckedContinuation<ObjectKey?, Never>] = [:]
        var waiterOrder: [UInt64] = []
        var nextWaiter: UInt64 = 0
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let time: any Timekeeper
    private let random: any RandomSource
    private let backoff: Backoff
    private let delays: AsyncStream<Delayed>
    private let delay: AsyncStream<Delayed>.Continuation
    /// How long keys waited, and how long they were worked on.
    private let waits = Histogram(WorkQueueMetrics.durations)
    private let works = Histogram(WorkQueueMetrics.durations)

    package init(
        time: any Timekeeper, random: any RandomSource = SystemRandomSource(),
        backoff: Backoff = WorkQueue.defaultBackoff
    ) {
        self.time = time
        self.random = random
        self.backoff = backoff
        (delays, delay) = AsyncStream.makeStream(of: Delayed.self)
    }

    package var count: Int { state.withLock { $0.ready.count - $0.firstReady } }

    package func add(_ key: ObjectKey) {
        let now = time.uptime
        let handover = state.withLock { state -> (CheckedContinuation<ObjectKey?, Never>, ObjectKey)? in
            guard !state.isShutDown, state.dirty[key] == nil else { return nil }
            state.dirty[key] = now
            state.adds += 1
            guard state.processing[key] == nil else { return nil }
            state.ready.append(key)
            return handOver(&state, now)
        }
        if let (waiter, key) = handover { waiter.resume(returning: key) }
    }

    /// Adds the key once `delay` has passed, or earlier if an earlier moment was already asked for.
    package func add(_ key: ObjectKey, after delay: Duration) {
        guard delay > .zero else { return add(key) }
        let deadline = time.uptime + delay
        let isNews = state.withLock { state in
            if state.isShutDown { return false }
            state.retries += 1
            if let earlier = state.delayed[key], earlier <= deadline { return false }
            state.delayed[key] = deadline
            return true
        }
        if isNews { self.delay.yield(Delayed(key: key, deadline: deadline)) }
    }

    /// Adds the key after a pause that grows with each failure.
    package func addAfterFailure(_ key: ObjectKey) {
        let attempt = state.withLock { state in
            let attempt = state.failures[key, default: 0]
            state.failures[key] = attempt + 1
            return attempt
        }
        add(key, after: backoff.delay(attempt: attempt, random: random))
    }

    /// Success: the next failure starts with the shortest pause again.
    package func forgetFailures(of key: ObjectKey) { state.withLock { _ = $0.failures.removeValue(forKey: key) } }

    /// The next key, or `nil` once the queue is shut down. Every key must be given back with ``done(_:)``.
    package func next() async -> ObjectKey? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = time.uptime
                let immediate: ObjectKey?? = state.withLock { state in
                    if state.isShutDown || Task.isCancelled { return .some(nil) }
                    if let key = take(&state, now) { return .some(key) }
                    state.waiters[id] = waiter
                    state.waiterOrder.append(id)
                    return nil
                }
                if let immediate { waiter.resume(returning: immediate) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }

    package func done(_ key: ObjectKey) {
        let now = time.uptime
        let handover = state.withLock { state -> (CheckedContinuation<ObjectKey?, Never>, ObjectKey)? in
            if let since = state.processing.removeValue(forKey: key) { works.observe(now - since) }
            guard state.dirty[key] != nil, !state.isShutDown else { return nil }
            state.ready.append(key)
            return handOver(&state, now)
        }
        if let (waiter, key) = handover { waiter.resume(returning: key) }
    }

    package func shutDown() {
        let waiters = state.withLock { state in
            state.isShutDown = true
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: nil) }
        delay.finish()
    }

    /// Moves delayed keys over when they are due; runs until cancelled.
    func runDelays() async {
        await withDiscardingTaskGroup { group in
            for await delayed in delays {
                group.addTask {
                    // Cancelled: the controller is stopping and nobody waits for the key any more.
                    guard (try? await self.time.sleep(until: delayed.deadline)) != nil else { return }
                    self.becomeDue(delayed)
                }
            }
            group.cancelAll()
        }
    }

    private func becomeDue(_ delayed: Delayed) {
        let isCurrent = state.withLock { state in
            guard state.delayed[delayed.key] == delayed.deadline else { return false }
            state.delayed[delayed.key] = nil
            return true
        }
        if isCurrent { add(delayed.key) }
    }

    private func take(_ state: inout State, _ now: Duration) -> ObjectKey? {
        guard state.firstReady < state.ready.count else { return nil }
        let key = state.ready[state.firstReady]
        state.firstReady += 1
        if state.firstReady > 64, state.firstReady * 2 > state.ready.count {
            state.ready.removeFirst(state.firstReady)
            state.firstReady = 0
        }
        if let since = state.dirty.removeValue(forKey: key) { waits.observe(now - since) }
        state.processing[key] = now
        return key
    }

    private func handOver(
        _ state: inout State, _ now: Duration
    ) -> (CheckedContinuation<ObjectKey?, Never>, ObjectKey)? {
        while let id = state.waiterOrder.first {
            state.waiterOrder.removeFirst()
            guard let waiter = state.waiters.removeValue(forKey: id) else { continue }
            guard let key = take(&state, now) else {
                state.waiters[id] = waiter
                state.waiterOrder.insert(id, at: 0)
                return nil
            }
            return (waiter, key)
        }
        return nil
    }

    /// What has become of its keys so far.
    var reading: WorkQueueReading {
        let now = time.uptime
        return state.withLock { state in
            let running = state.processing.values.map { (now - $0).inSeconds }
            return WorkQueueReading(
                depth: state.ready.count - state.firstReady, adds: state.adds, retries: state.retries,
                unfinished: running.reduce(0, +), longest: running.max() ?? 0, waits: waits.snapshot,
                works: works.snapshot)
        }
    }
}
