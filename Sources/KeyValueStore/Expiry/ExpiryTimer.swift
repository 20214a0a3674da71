package import Determinism
internal import Synchronization

/// One sleep until the earliest expiry, and none while nothing expires: an idle store wakes nobody.
package final class ExpiryTimer: Sendable {
    private struct Alarm {
        let deadline: Duration
        let task: Task<Void, Never>
    }

    private struct State {
        var alarm: Alarm?
        var isStopped = false
    }

    /// Deadlines are rounded up to this, so that what expires within it is removed together.
    private static let grain = Duration.seconds(1)

    private let time: any Timekeeper
    private let fire: @Sendable () -> Void
    private let state = Mutex(State())

    /// `fire` is called when a deadline has passed; it removes what is due and arms the timer again.
    package init(time: any Timekeeper, fire: @escaping @Sendable () -> Void) {
        self.time = time
        self.fire = fire
    }

    /// Sees to it that `fire` is called no later than a moment after `deadline`; `nil` asks for nothing.
    package func arm(_ deadline: Duration?) {
        guard let deadline else { return }
        let seconds = deadline.components.seconds + (deadline.components.attoseconds > 0 ? 1 : 0)
        let rounded = Self.grain * max(0, seconds)
        state.withLock { state in
            if state.isStopped { return }
            if let alarm = state.alarm {
                if alarm.deadline <= rounded { return }
                alarm.task.cancel()
            }
            // The task is the timer's own: replaced here, ended by `stop`.
            state.alarm = Alarm(deadline: rounded, task: Task { await self.wait(until: rounded) })
        }
    }

    package func stop() {
        state.withLock { state in
            state.isStopped = true
            state.alarm?.task.cancel()
            state.alarm = nil
        }
    }

    private func wait(until deadline: Duration) async {
        do { try await time.sleep(until: deadline) } catch { return }
        let isCurrent = state.withLock { state in
            guard state.alarm?.deadline == deadline else { return false }
            state.alarm = nil
            return true
        }
        if isCurrent { fire() }
    }
}
