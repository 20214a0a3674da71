/// How long to wait before trying again: doubles from `initial` up to `maximum`, with a share of chance.
package struct Backoff: Sendable {
    package var initial: Duration
    package var maximum: Duration
    package var factor: Double
    /// The share of each delay that chance may add, so that many waiters do not wake together.
    package var jitter: Double

    package init(initial: Duration, maximum: Duration, factor: Double = 2, jitter: Double = 0) {
        self.initial = initial
        self.maximum = maximum
        self.factor = factor
        self.jitter = jitter
    }

    /// The delay before retry number `attempt`, counted from zero; what is below counts as zero.
    package func delay(attempt: Int, random: any RandomSource) -> Duration {
        var seconds = initial.inSeconds
        for _ in 0..<max(0, min(attempt, 64)) where seconds < maximum.inSeconds { seconds *= factor }
        seconds = min(seconds, maximum.inSeconds)
        if jitter > 0 { seconds += seconds * jitter * random.fraction() }
        return .nanoseconds(Int64(seconds * 1_000_000_000))
    }
}
