extension Timestamp {
    /// RFC 3339 in UTC with whole seconds, the API's `Time`: `2026-01-01T00:00:00Z`.
    package var rfc3339: String { formatted(fractionDigits: 0) }

    /// RFC 3339 in UTC with six fraction digits, the API's `MicroTime`.
    package var rfc3339Micro: String { formatted(fractionDigits: 6) }

    /// RFC 3339 in UTC with nine fraction digits, as log files of containers carry it.
    package var rfc3339Nano: String { formatted(fractionDigits: 9) }

    private func formatted(fractionDigits: Int) -> String {
        let seconds = self.seconds
        let days = seconds >= 0 ? seconds / 86_400 : -((-seconds + 86_399) / 86_400)
        let ofDay = seconds - days * 86_400
        let (year, month, day) = Timestamp.civil(fromDays: days)
        var text: [UInt8] = []
        text.reserveCapacity(30)
        func put(_ number: Int64, _ width: Int) {
            let digits = Array(String(number).utf8)
            for _ in 0..<max(0, width - digits.count) { text.append(0x30) }
            text.append(contentsOf: digits)
        }
        put(year, 4)
        text.append(UInt8(ascii: "-"))
        put(month, 2)
        text.append(UInt8(ascii: "-"))
        put(day, 2)
        text.append(UInt8(ascii: "T"))
        put(ofDay / 3600, 2)
        text.append(UInt8(ascii: ":"))
        put(ofDay / 60 % 60, 2)
        text.append(UInt8(ascii: ":"))
        put(ofDay % 60, 2)
        if fractionDigits > 0 {
            var fraction = nanoseconds - seconds * 1_000_000_000
            for _ in fractionDigits..<9 { fraction /= 10 }
            text.append(UInt8(ascii: "."))
            put(fraction, fractionDigits)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339 with any offset and up to nine fraction digits; `nil` for anything else.
    package init?(rfc3339 text: some StringProtocol) {
        var digits = Array(text.utf8)[...]
        func number(_ width: Int) -> Int64? {
            guard digits.count >= width else { return nil }
            var value: Int64 = 0
            for byte in digits.prefix(width) {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            digits = digits.dropFirst(width)
            return value
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            guard let byte = digits.first, byte | 0x20 == UInt8(ascii: character) | 0x20 else { return false }
            digits = digits.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), take("T"),
            let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        if take(".") {
            var scale: Int64 = 100_000_000
            var count = 0
            while let byte = digits.first, (0x30...0x39).contains(byte) {
                fraction += Int64(byte - 0x30) * scale
                scale /= 10
                count += 1
                digits = digits.dropFirst()
            }
            guard count > 0 else { return nil }
        }
        var offset: Int64 = 0
        if !take("Z") {
            guard let sign = digits.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
            digits = digits.dropFirst()
            guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
        }
        guard digits.isEmpty else { return nil }
        let days = Timestamp.days(fromYear: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(nanoseconds: seconds &* 1_000_000_000 &+ fraction)
    }

    /// Days since 1970-01-01 to year, month, day in the proleptic Gregorian calendar, counted in
    /// eras of 400 years that begin on 1 March (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
