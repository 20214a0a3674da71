/// Spans of time as Go writes them: `1h0m1s`, `1.5s`, `100ms`.
package enum DurationText {
    /// The text of so many nanoseconds.
    package static func text(nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = nanoseconds.magnitude
        if magnitude < 1000 { return "\(sign)\(magnitude)ns" }
        if magnitude < 1_000_000 { return sign + decimal(magnitude, 1000) + "µs" }
        if magnitude < 1_000_000_000 { return sign + decimal(magnitude, 1_000_000) + "ms" }
        let minutes = magnitude / 60_000_000_000
        let seconds = decimal(magnitude % 60_000_000_000, 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ number: UInt64, _ unit: UInt64) -> String {
        var fraction = number % unit
        if fraction == 0 { return String(number / unit) }
        var width = String(unit).utf8.count - 1
        while fraction % 10 == 0 {
            fraction /= 10
            width -= 1
        }
        let digits = String(fraction)
        return "\(number / unit)." + String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    /// Nanoseconds; messages are those of Go's time.ParseDuration.
    package static func parse(_ text: String) throws(DurationTextError) -> Int64 {
        let invalid = DurationTextError(message: "time: invalid duration \"\(text)\"")
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { throw invalid }
        var total: Int128 = 0
        while !rest.isEmpty {
            let whole = rest.prefix(while: isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction: ArraySlice<UInt8> = []
            if rest.first == UInt8(ascii: ".") {
                fraction = rest.dropFirst().prefix(while: isDigit)
                rest = rest.dropFirst(1 + fraction.count)
            }
            guard !whole.isEmpty || !fraction.isEmpty, whole.count <= digitsMax else { throw invalid }
            let name = rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }
            guard !name.isEmpty else { throw DurationTextError(message: "time: missing unit in duration \"\(text)\"") }
            guard let unit = units[String(decoding: name, as: UTF8.self)] else {
                let unknown = String(decoding: name, as: UTF8.self)
                throw DurationTextError(message: "time: unknown unit \"\(unknown)\" in duration \"\(text)\"")
            }
            rest = rest.dropFirst(name.count)
            total += number(whole) * unit
            let digits = fraction.prefix(digitsMax)
            total += number(digits) * unit / digits.reduce(1) { power, _ in power * 10 }
        }
        guard let result = Int64(exactly: isNegative ? -total : total) else { throw invalid }
        return result
    }

    /// More digits than 64 bits hold, few enough for 128 bits with any unit.
    private static let digitsMax = 20

    private static let units: [String: Int128] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    private static func number(_ digits: ArraySlice<UInt8>) -> Int128 {
        digits.reduce(0) { $0 * 10 + Int128($1 - 0x30) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// Why a text is no span of time.
package struct DurationTextError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
