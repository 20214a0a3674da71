/// When summer time begins and ends for all years to come, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
    private struct Change: Sendable {
        let month, week, weekday, seconds: Int64

        /// Seconds since 1970 in the local time before the change.
        func time(in year: Int64) -> Int64 {
            let first = CivilTime.days(year, month, 1)
            let firstWeekday = CivilTime(seconds: first * 86_400).weekday
            var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            while day >= CivilTime.days(inMonth: month, of: year) { day -= 7 }
            return (first + day) * 86_400 + seconds
        }
    }

    private var standard: Int64
    private var summer: Int64?
    private var begin: Change?
    private var end: Change?

    /// `nil` for rules of a kind that no zone of today has.
    init?(_ text: String) {
        var rest = text[...]
        ZoneRule.skipName(&rest)
        guard let offset = ZoneRule.time(&rest) else { return nil }
        standard = -offset
        guard !rest.isEmpty else { return }
        ZoneRule.skipName(&rest)
        summer = rest.hasPrefix(",") ? standard + 3600 : ZoneRule.time(&rest).map { -$0 }
        guard let first = ZoneRule.change(&rest), let second = ZoneRule.change(&rest) else { return nil }
        begin = first
        end = second
    }

    func offset(at time: Int64) -> Int64 {
        guard let summer, let begin, let end else { return standard }
        let year = CivilTime(seconds: time + standard).year
        let start = begin.time(in: year) - standard
        let stop = end.time(in: year) - summer
        let isSummer = start < stop ? time >= start && time < stop : time >= start || time < stop
        return isSummer ? summer : standard
    }

    private static func skipName(_ rest: inout Substring) {
        if rest.hasPrefix("<") {
            rest = rest.drop { $0 != ">" }.dropFirst()
        } else {
            rest = rest.drop { $0.isLetter }
        }
    }

    private static func number(_ rest: inout Substring) -> Int64? {
        let digits = rest.prefix { $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int64(digits)
    }

    /// `[+-]hh[:mm[:ss]]`.
    private static func time(_ rest: inout Substring) -> Int64? {
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        guard var seconds = number(&rest).map({ $0 * 3600 }) else { return nil }
        for unit in [Int64(60), 1] where rest.hasPrefix(":") {
            rest = rest.dropFirst()
            guard let part = number(&rest) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d[/time]`.
    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.hasPrefix(",M") else { return nil }
        rest = rest.dropFirst(2)
        guard let month = number(&rest), rest.hasPrefix(".") else { return nil }
        rest = rest.dropFirst()
        guard let week = number(&rest), rest.hasPrefix(".") else { return nil }
        rest = rest.dropFirst()
        guard let weekday = number(&rest) else { return nil }
        var seconds: Int64 = 7200
        if rest.hasPrefix("/") {
            rest = rest.dropFirst()
            guard let time = time(&rest) else { return nil }
            seconds = time
        }
        return Change(month: month, week: week, weekday: weekday, seconds: seconds)
    }
}
