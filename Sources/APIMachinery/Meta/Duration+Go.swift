internal import Determinism

/// Durations as Go writes them.
extension Duration {
    /// `1h0m1s`, `1.5s`, `100ms`, `0s`.
    package var goText: String {
        let total = wholeNanoseconds
        let magnitude = total.magnitude
        let sign = total < 0 ? "-" : ""
        switch magnitude {
        case 0: return "0s"
        case ..<1000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return "\(sign)\(Duration.decimal(magnitude, unit: 1000))µs"
        case ..<1_000_000_000: return "\(sign)\(Duration.decimal(magnitude, unit: 1_000_000))ms"
        default: break
        }
        let minutes = magnitude / 60_000_000_000
        let seconds = "\(Duration.decimal(magnitude % 60_000_000_000, unit: 1_000_000_000))s"
        if minutes == 0 { return "\(sign)\(seconds)" }
        return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, unit: UInt64) -> String {
        var fraction = value % unit
        guard fraction > 0 else { return "\(value / unit)" }
        var width = String(unit).count - 1
        while fraction % 10 == 0 {
            fraction /= 10
            width -= 1
        }
        let digits = String(fraction)
        return "\(value / unit).\(String(repeating: "0", count: width - digits.count))\(digits)"
    }

    /// Reads numbers with units, as in `1h30m` or `-1.5s`; `nil` for anything else, or past 292 years.
    package init?(goText text: String) {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let scale = Duration.units[String(unit)], let part = Duration.nanoseconds(number, scale) else {
                return nil
            }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        self = .nanoseconds(isNegative ? -total : total)
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    private static func nanoseconds(_ number: Substring, _ scale: Int64) -> Int64? {
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard number.contains(where: \.isNumber), let whole = Int64(parts[0].isEmpty ? "0" : parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return product }
        guard let fraction = Double("0.\(parts[1])") else { return nil }
        return product + Int64(fraction * Double(scale))
    }
}
