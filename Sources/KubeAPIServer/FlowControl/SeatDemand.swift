internal import Determinism

/// How many seats a level could use, over some time: the most, the mean, and how it varied.
package struct SeatDemand: Sendable {
    package struct Result: Sendable, Equatable {
        package var most: Double
        package var average: Double
        package var deviation: Double
    }

    /// How much of the past stays in what is smoothed, a period later: half of it after five minutes.
    package static let smoothing = 0.977

    private var current = 0.0
    private var most = 0.0
    private var since: Duration
    private var seconds = 0.0
    private var integral = 0.0
    private var squares = 0.0
    /// Average and deviation of the last period, and what is smoothed of all periods.
    package private(set) var last = Result(most: 0, average: 0, deviation: 0)
    package private(set) var smoothed = 0.0

    package init(now: Duration) { since = now }

    package mutating func set(_ seats: Int, now: Duration) {
        advance(to: now)
        current = Double(seats)
        most = max(most, current)
    }

    private mutating func advance(to now: Duration) {
        let elapsed = max(0, (now - since).inSeconds)
        since = now
        seconds += elapsed
        integral += current * elapsed
        squares += current * current * elapsed
    }

    /// The most since the last period ended.
    package var highest: Double { most }

    /// Ends a period. Of several that went by unnoticed only one is made, and what is smoothed decays as often.
    package mutating func endPeriod(now: Duration, periods: Int = 1) {
        advance(to: now)
        let average = seconds > 0 ? integral / seconds : current
        let variance = seconds > 0 ? squares / seconds - average * average : 0
        last = Result(most: most, average: average, deviation: max(0, variance).squareRoot())
        most = current
        (seconds, integral, squares) = (0, 0, 0)
        for _ in 1..<max(2, min(periods, 1000)) where periods > 1 { smoothed *= Self.smoothing }
        let envelope = last.average + last.deviation
        smoothed = max(envelope, Self.smoothing * smoothed + (1 - Self.smoothing) * envelope)
    }

    /// Nothing was asked for since long.
    package mutating func settle() { smoothed = 0 }
}
