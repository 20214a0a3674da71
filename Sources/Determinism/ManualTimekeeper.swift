internal import Synchronization

/// Time that moves only when a test says so.
package final class ManualTimekeeper: Timekeeper {
    private struct Sleeper {
        let deadline: Duration
        let id: UInt64
        let wake: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var uptime: Duration = .zero
        var nextID: UInt64 = 0
        var sleepers: [Sleeper] = []
        var cancelledBeforeSleeping: Set<UInt64> = []
    }

    private let state: Mutex<State>

    package init(now: Timestamp = .testEpoch) { state = Mutex(State(now: now)) }

    package var now: Timestamp { state.withLock { $0.now } }

    package var uptime: Duration { state.withLock { $0.uptime } }

    /// How many tasks wait for time to pass; a test advances when the number it expects is asleep.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest deadline anybody waits for.
    package var nextDeadline: Duration? { state.withLock { $0.sleepers.map(\.deadline).min() } }

    /// Moves both clocks and wakes who is due, in order of deadline.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            state.uptime += duration
            let due = state.sleepers.filter { $0.deadline <= state.uptime }
            state.sleepers.removeAll { $0.deadline <= state.uptime }
            return due.sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
        }
        for sleeper in due { sleeper.wake.resume() }
    }

    /// Moves the calendar alone, as an administrator or NTP may.
    package func jump(to now: Timestamp) { state.withLock { $0.now = now } }

    package func sleep(until deadline: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
                let immediate: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelledBeforeSleeping.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.uptime { return .success(()) }
                    state.sleepers.append(Sleeper(deadline: deadline, id: id, wake: wake))
                    return nil
                }
                if let immediate { wake.resume(with: immediate) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelledBeforeSleeping.insert(id)
                    return nil as Sleeper?
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.wake.resume(throwing: CancellationError())
        }
    }
}
