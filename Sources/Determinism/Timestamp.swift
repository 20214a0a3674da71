/// A moment of the calendar, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Goes into API objects. The wall clock may jump in either direction, so differences of two
/// timestamps are only good for what an API promises in calendar terms.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package init(seconds: Int64) { self.nanoseconds = seconds &* 1_000_000_000 }

    /// 2026-01-01T00:00:00Z, where every test begins.
    package static let testEpoch = Timestamp(seconds: 1_767_225_600)

    package var seconds: Int64 {
        // Rounds towards the past, also before 1970.
        nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : -((-nanoseconds + 999_999_999) / 1_000_000_000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds &+ duration.wholeNanoseconds)
    }

    package func duration(to other: Timestamp) -> Duration { .nanoseconds(other.nanoseconds &- nanoseconds) }

    package static func + (time: Timestamp, duration: Duration) -> Timestamp { time.advanced(by: duration) }
    package static func - (time: Timestamp, duration: Duration) -> Timestamp { time.advanced(by: .zero - duration) }
    package static func - (left: Timestamp, right: Timestamp) -> Duration { right.duration(to: left) }
}

extension Duration {
    /// The duration in nanoseconds, cut to what 64 bits hold (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }

    package var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }

    package var inSeconds: Double { Double(wholeNanoseconds) / 1_000_000_000 }
}
