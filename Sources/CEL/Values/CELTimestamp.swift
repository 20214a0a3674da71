internal import TimeZones

/// A moment of the calendar, from the year 1 to 9999, to the nanosecond.
package struct CELTimestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z.
    package let seconds: Int64
    /// 0 to 999,999,999.
    package let nanoseconds: Int32

    package static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
    /// 0001-01-01T00:00:00Z, which Go takes for no time.
    static let goZero = CELTimestamp(checkedSeconds: -62_135_596_800, nanoseconds: 0)

    /// `nil` outside of the years 1 to 9999.
    package init?(seconds: Int64, nanoseconds: Int32 = 0) {
        guard CELTimestamp.secondsRange.contains(seconds) else { return nil }
        self.init(checkedSeconds: seconds, nanoseconds: nanoseconds)
    }

    private init(checkedSeconds: Int64, nanoseconds: Int32) {
        seconds = checkedSeconds
        self.nanoseconds = nanoseconds
    }

    package static func < (left: CELTimestamp, right: CELTimestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    private var total: Int128 { Int128(seconds) * 1_000_000_000 + Int128(nanoseconds) }

    private init?(total: Int128) {
        var (seconds, rest) = total.quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000_000) }
        guard let whole = Int64(exactly: seconds) else { return nil }
        self.init(seconds: whole, nanoseconds: Int32(rest))
    }

    func adding(_ duration: Int64) -> CELTimestamp? { CELTimestamp(total: total + Int128(duration)) }
    func subtracting(_ duration: Int64) -> CELTimestamp? { CELTimestamp(total: total - Int128(duration)) }

    /// In nanoseconds; nil where 64 bits do not hold them.
    func duration(since other: CELTimestamp) -> Int64? { Int64(exactly: total - other.total) }
}

// MARK: Text

extension CELTimestamp {
    enum ParseError: Error { case format, range }

    /// Reads RFC 3339 with any offset.
    init(parsing text: String) throws(ParseError) {
        var reader = TimestampReader(text)
        guard let (seconds, nanoseconds) = reader.read() else { throw .format }
        guard CELTimestamp.secondsRange.contains(seconds) else { throw .range }
        self.init(checkedSeconds: seconds, nanoseconds: nanoseconds)
    }

    /// RFC 3339 in UTC with as many digits of the fraction as needed.
    var text: String {
        let parts = CivilTime(seconds: seconds)
        var text = CivilTime.padded(parts.year, 4) + "-" + CivilTime.padded(parts.month, 2) + "-"
        text += CivilTime.padded(parts.day, 2) + "T" + CivilTime.padded(parts.hour, 2) + ":"
        text += CivilTime.padded(parts.minute, 2) + ":" + CivilTime.padded(parts.second, 2)
        if nanoseconds != 0 {
            var digits = Array(CivilTime.padded(Int64(nanoseconds), 9))
            while digits.last == "0" { digits.removeLast() }
            text += "." + String(digits)
        }
        return text + "Z"
    }
}

private struct TimestampReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    mutating func read() -> (seconds: Int64, nanoseconds: Int32)? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), take("T"),
            let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            (1...12).contains(month), day >= 1, day <= CivilTime.days(inMonth: month, of: year), hour < 24, minute < 60,
            second < 60, let nanoseconds = fraction(), let offset = zone(), rest.isEmpty
        else { return nil }
        let days = CivilTime.days(year, month, day)
        return (days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanoseconds)
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: scalar) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func number(_ width: Int) -> Int64? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(width)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private mutating func fraction() -> Int32? {
        guard take(".") || take(",") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        var value: Int32 = 0
        for digit in digits.prefix(9) { value = value * 10 + Int32(digit - 0x30) }
        for _ in digits.prefix(9).count..<9 { value *= 10 }
        return value
    }

    private mutating func zone() -> Int64? {
        if take("Z") { return 0 }
        let sign: Int64 = take("-") ? -1 : take("+") ? 1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 25, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
