/// A time as API objects carry it, in the years 0 to 9999 and finer than a second only where the API keeps it.
///
/// ``Timestamp`` counts nanoseconds and so reaches from 1677 to 2262; what a client writes may lie outside.
package struct CalendarTime: Sendable, Hashable {
    /// Since 1970-01-01T00:00:00Z.
    package var seconds: Int64
    /// 0 to 999,999,999.
    package var nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Go's zero time, 0001-01-01T00:00:00Z, which the API writes as `null`.
    package static let zero = CalendarTime(seconds: -62_135_596_800)

    package var isZero: Bool { self == .zero }

    /// How fine a text is.
    package enum Precision: Sendable {
        /// `time`: `2026-01-01T00:00:00Z`; reads any fraction, too.
        case seconds
        /// `microTime`: `2026-01-01T00:00:00.000000Z`; reads no other fraction.
        case microseconds

        /// As Go names the form in errors.
        var layout: String {
            switch self {
            case .seconds: "2006-01-02T15:04:05Z07:00"
            case .microseconds: "2006-01-02T15:04:05.000000Z07:00"
            }
        }
    }

    package func text(_ precision: Precision) -> String {
        let (days, ofDay) = seconds.flooredDivision(by: 86_400)
        let (year, month, day) = CalendarTime.civil(fromDays: days)
        return String(unsafeUninitializedCapacity: 40) { buffer in
            var count = 0
            func put(_ number: Int64, _ width: Int, _ after: Unicode.Scalar) {
                var rest = number.magnitude
                for index in stride(from: width - 1, through: 0, by: -1) {
                    buffer[count + index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                    rest /= 10
                }
                count += width
                buffer[count] = UInt8(ascii: after)
                count += 1
            }
            if year < 0 {
                buffer[0] = UInt8(ascii: "-")
                count = 1
            }
            put(year, year.magnitude > 9999 ? String(year.magnitude).utf8.count : 4, "-")
            put(month, 2, "-")
            put(day, 2, "T")
            put(ofDay / 3600, 2, ":")
            put(ofDay / 60 % 60, 2, ":")
            switch precision {
            case .seconds: put(ofDay % 60, 2, "Z")
            case .microseconds:
                put(ofDay % 60, 2, ".")
                put(Int64(nanoseconds) / 1000, 6, "Z")
            }
            return count
        }
    }

    /// Days since 1970-01-01 to year, month and day; see ``Timestamp`` for the method.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    fileprivate static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Why a text is no time, in the words of Go's time.Parse.
package struct CalendarTimeError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}

extension CalendarTime {
    /// Reads RFC 3339 with any offset.
    package init(parsing text: String, _ precision: Precision) throws(CalendarTimeError) {
        var parser = CalendarTimeParser(text, precision)
        self = try parser.parse()
    }
}

/// Reads element after element of Go's layout.
private struct CalendarTimeParser {
    private let text: String
    private let precision: CalendarTime.Precision
    private var rest: ArraySlice<UInt8>

    init(_ text: String, _ precision: CalendarTime.Precision) {
        self.text = text
        self.precision = precision
        rest = Array(text.utf8)[...]
    }

    mutating func parse() throws(CalendarTimeError) -> CalendarTime {
        let year = try number(4, "2006")
        try literal("-")
        let month = try number(2, "01")
        guard (1...12).contains(month) else { throw outOfRange("month") }
        try literal("-")
        let day = try number(2, "02")
        try literal("T")
        let hour = try number(2, "15")
        guard hour < 24 else { throw outOfRange("hour") }
        try literal(":")
        let minute = try number(2, "04")
        guard minute < 60 else { throw outOfRange("minute") }
        try literal(":")
        let second = try number(2, "05")
        guard second < 60 else { throw outOfRange("second") }
        let nanoseconds = try fraction()
        let offset = try zone()
        guard rest.isEmpty else {
            throw failure(": extra text: \"\(String(decoding: rest, as: UTF8.self))\"", isBare: true)
        }
        guard day >= 1, day <= CalendarTimeParser.days(inMonth: month, of: year) else { throw outOfRange("day") }
        let ofDay = hour * 3600 + minute * 60 + second
        return CalendarTime(
            seconds: CalendarTime.days(year, month, day) * 86_400 + ofDay - offset, nanoseconds: nanoseconds)
    }

    private mutating func number(_ width: Int, _ element: String) throws(CalendarTimeError) -> Int64 {
        guard rest.count >= width, rest.prefix(width).allSatisfy(CalendarTimeParser.isDigit) else {
            throw unexpected(element)
        }
        let value = rest.prefix(width).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        rest = rest.dropFirst(width)
        return value
    }

    private mutating func literal(_ scalar: Unicode.Scalar) throws(CalendarTimeError) {
        guard rest.first == UInt8(ascii: scalar) else { throw unexpected(String(Character(scalar))) }
        rest = rest.dropFirst()
    }

    private mutating func fraction() throws(CalendarTimeError) -> Int32 {
        let digits = rest.dropFirst().prefix(while: CalendarTimeParser.isDigit)
        let hasPoint = rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",")
        switch precision {
        case .seconds: guard hasPoint, !digits.isEmpty else { return 0 }
        case .microseconds: guard hasPoint, digits.count >= 6 else { throw unexpected(".000000") }
        }
        let used = precision == .seconds ? digits : digits.prefix(6)
        rest = rest.dropFirst(1 + used.count)
        var value: Int32 = 0
        for index in 0..<9 {
            let digit = index < used.count ? used[used.startIndex + index] - 0x30 : 0
            value = value * 10 + Int32(digit)
        }
        return value
    }

    private mutating func zone() throws(CalendarTimeError) -> Int64 {
        guard let sign = rest.first else { throw unexpected("Z07:00") }
        if sign == UInt8(ascii: "Z") {
            rest = rest.dropFirst()
            return 0
        }
        let zone = Array(rest.prefix(6))
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), zone.count == 6, zone[3] == UInt8(ascii: ":"),
            [1, 2, 4, 5].allSatisfy({ CalendarTimeParser.isDigit(zone[$0]) })
        else { throw unexpected("Z07:00") }
        let hours = Int64(zone[1] - 0x30) * 10 + Int64(zone[2] - 0x30)
        let minutes = Int64(zone[4] - 0x30) * 10 + Int64(zone[5] - 0x30)
        guard hours <= 24 else { throw outOfRange("time zone offset hour") }
        guard minutes <= 60 else { throw outOfRange("time zone offset minute") }
        rest = rest.dropFirst(6)
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
    }

    private func unexpected(_ element: String) -> CalendarTimeError {
        failure(": cannot parse \"\(String(decoding: rest, as: UTF8.self))\" as \"\(element)\"", isBare: false)
    }

    private func outOfRange(_ part: String) -> CalendarTimeError { failure(": \(part) out of range", isBare: true) }

    private func failure(_ reason: String, isBare: Bool) -> CalendarTimeError {
        CalendarTimeError(message: "parsing time \"\(text)\"\(isBare ? "" : " as \"\(precision.layout)\"")\(reason)")
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Int64 {
    /// Quotient towards the past and a remainder that is not negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
