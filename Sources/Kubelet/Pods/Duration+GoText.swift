internal import Determinism

extension Duration {
    /// The duration as Go prints it (`1m20s`, `1.5s`, `12ms`), because messages and users are used to it.
    package var goText: String {
        let nanoseconds = wholeNanoseconds
        guard nanoseconds != 0 else { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = Int64(nanoseconds.magnitude)
        if magnitude < 1_000 { return "\(sign)\(magnitude)ns" }
        if magnitude < 1_000_000 { return sign + Self.decimal(magnitude, per: 1_000) + "µs" }
        if magnitude < 1_000_000_000 { return sign + Self.decimal(magnitude, per: 1_000_000) + "ms" }
        let seconds = magnitude / 1_000_000_000
        let rest = Self.decimal(magnitude - seconds / 60 * 60_000_000_000, per: 1_000_000_000) + "s"
        if seconds < 60 { return sign + rest }
        if seconds < 3600 { return "\(sign)\(seconds / 60)m\(rest)" }
        return "\(sign)\(seconds / 3600)h\(seconds / 60 % 60)m\(rest)"
    }

    private static func decimal(_ value: Int64, per unit: Int64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return String(value / unit) }
        let width = String(unit).utf8.count - 1
        let digits = String(fraction)
        var text = String(repeating: "0", count: width - digits.utf8.count) + digits
        while text.hasSuffix("0") { text.removeLast() }
        return "\(value / unit).\(text)"
    }
}
