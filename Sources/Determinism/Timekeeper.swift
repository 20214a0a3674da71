internal import Glibc

/// The only source of time in the cluster.
package protocol Timekeeper: Sendable {
    /// What the calendar says. Goes into API objects. May jump in either direction.
    var now: Timestamp { get }

    /// How long things take: time since some fixed moment. Never goes back. Meaningless outside this process.
    var uptime: Duration { get }

    /// Returns once `uptime` has reached `deadline`, or throws `CancellationError` if the task is cancelled first.
    func sleep(until deadline: Duration) async throws
}

extension Timekeeper {
    /// Returns after `duration`, or throws `CancellationError` if the task is cancelled first.
    package func sleep(for duration: Duration) async throws { try await sleep(until: uptime + duration) }
}

/// The machine's own clocks.
package struct SystemTimekeeper: Timekeeper {
    package init() {}

    package var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }

    package var uptime: Duration { .nanoseconds(read(CLOCK_MONOTONIC)) }

    package func sleep(until deadline: Duration) async throws {
        let remaining = deadline - uptime
        guard remaining > .zero else { return try Task.checkCancellation() }
        try await Task.sleep(for: remaining)
    }

    private func read(_ clock: clockid_t) -> Int64 {
        var value = timespec()
        clock_gettime(clock, &value)
        return Int64(value.tv_sec) &* 1_000_000_000 &+ Int64(value.tv_nsec)
    }
}
