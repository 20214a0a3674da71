package import Determinism

/// The moment for which a table is made.
package struct TableMoment: Sendable {
    package var now: Timestamp

    package init(now: Timestamp) { self.now = now }

    /// How long ago a time was, as kubectl shows it; `<unknown>` without one.
    package func age(since time: Timestamp?) -> String {
        guard let time else { return "<unknown>" }
        return HumanDuration.short(now - time)
    }
}

/// Upstream's `duration.HumanDuration`: two units at most, fewer the longer it is.
package enum HumanDuration {
    package static func short(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 365 * 2 { return "\(days)d" }
        if days < 365 * 8 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
}
