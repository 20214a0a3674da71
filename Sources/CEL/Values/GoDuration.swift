/// Durations as Go's time package reads and writes them.
package enum GoDuration {
    /// In nanoseconds: `1h30m`, `-1.5s`, `300ms`, `0`; nil for anything else or beyond 64 bits.
    package static func parse(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            guard let part = component(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow, sum <= 1 << 63 else { return nil }
            total = sum
        }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        return Int64(exactly: total)
    }

    private static func component(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        let whole = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let letters = rest.prefix { $0 != UInt8(ascii: ".") && !(0x30...0x39).contains($0) }
        rest = rest.dropFirst(letters.count)
        guard let unit = units[String(decoding: letters, as: UTF8.self)] else { return nil }
        var value: UInt64 = 0
        for digit in whole {
            guard value <= (1 << 63) / 10 else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow, nanoseconds <= 1 << 63 else { return nil }
        var scale = 1.0
        var part = 0.0
        for digit in fraction.prefix(18) {
            part = part * 10 + Double(digit - 0x30)
            scale *= 10
        }
        return nanoseconds + UInt64(part * (Double(unit) / scale))
    }

    private static let units: [String: UInt64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    /// In seconds, as `string(duration)` has it: `90s`, `1.5s`.
    static func secondsText(_ nanoseconds: Int64) -> String {
        GoNumber.plain(Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9) + "s"
    }
}
