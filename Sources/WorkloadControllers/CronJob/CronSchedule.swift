package import Determinism
package import TimeZones

/// A schedule in cron's five fields: minute, hour, day of month, month, day of week.
///
/// `*`, `?`, lists, ranges, steps, English names, and `@hourly` and its like. When both days are restricted,
/// either will do, as cron has it.
package struct CronSchedule: Sendable, Equatable {
    private var minutes: UInt64 = 0
    private var hours: UInt64 = 0
    private var days: UInt64 = 0
    private var months: UInt64 = 0
    private var weekdays: UInt64 = 0
    private var anyDay = false
    private var anyWeekday = false
    /// `@every 5m`: seconds between runs.
    private var interval: Int64?

    /// `nil` for what is no schedule.
    package init?(_ text: String) {
        if text.hasPrefix("@every ") {
            guard let seconds = Self.seconds(text.dropFirst(7)), seconds > 0 else { return nil }
            interval = seconds
            return
        }
        let fields = (Self.names[text] ?? text).split(separator: " ")
        guard fields.count == 5, let minutes = Self.bits(fields[0], 0...59), let hours = Self.bits(fields[1], 0...23),
            let days = Self.bits(fields[2], 1...31), let months = Self.bits(fields[3], 1...12, Self.monthNames),
            let weekdays = Self.bits(fields[4], 0...7, Self.dayNames)
        else { return nil }
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        // Sunday is 0 and 7.
        self.weekdays = weekdays & 0x7f | weekdays >> 7 & 1
        anyDay = fields[2].hasPrefix("*") || fields[2] == "?"
        anyWeekday = fields[4].hasPrefix("*") || fields[4] == "?"
    }

    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
        "nov": 11, "dec": 12,
    ]
    private static let dayNames = ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]

    private static func seconds(_ text: Substring) -> Int64? {
        var total: Int64 = 0
        var number = ""
        for character in text {
            if character.isNumber {
                number.append(character)
                continue
            }
            guard let value = Int64(number) else { return nil }
            switch character {
            case "h": total += value * 3600
            case "m": total += value * 60
            case "s": total += value
            case _: return nil
            }
            number = ""
        }
        return number.isEmpty ? total : nil
    }

    private static func bits(
        _ field: Substring, _ range: ClosedRange<Int>, _ names: [String: Int] = [:]
    ) -> UInt64? {
        var bits: UInt64 = 0
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let step = pieces.count == 2 ? Int(pieces[1]) : 1
            guard let step, step > 0, let span = span(pieces[0], range, names, isOpen: pieces.count == 2) else {
                return nil
            }
            for value in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << value }
        }
        return bits
    }

    /// - isOpen: a step follows, so that a lone number means "from here on".
    private static func span(
        _ text: Substring, _ range: ClosedRange<Int>, _ names: [String: Int], isOpen: Bool
    ) -> ClosedRange<Int>? {
        if text == "*" || text == "?" { return range.upperBound == 7 ? 0...6 : range }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            .map { Int($0) ?? names[$0.lowercased()] }
        guard let first = ends[0], range.contains(first) else { return nil }
        if ends.count == 1 { return isOpen ? first...range.upperBound : first...first }
        guard let last = ends[1], range.contains(last), first <= last else { return nil }
        return first...last
    }

    /// The first run after `time`; `nil` when there is none within five years.
    ///
    /// A run is due when the zone's clocks show its time: not on a day on which they leave it out, and twice on one on
    /// which they show it twice. So has robfig/cron, that upstream asks.
    package func next(after time: Timestamp, in zone: TimeZone = .utc) -> Timestamp? {
        if let interval { return Timestamp(seconds: time.seconds + interval) }
        var seconds = time.seconds - Self.remainder(time.seconds, 60) + 60
        let end = seconds + 5 * 366 * 86_400
        while seconds < end {
            let local = CivilTime(seconds: seconds + zone.offset(at: seconds))
            let ofHour = local.minute * 60 + local.second
            if months >> local.month & 1 == 0 || !matchesDay(local) {
                seconds = Self.skip(86_400 - local.hour * 3600 - ofHour, from: seconds, in: zone)
            } else if hours >> local.hour & 1 == 0 {
                seconds = Self.skip(3600 - ofHour, from: seconds, in: zone)
            } else if minutes >> local.minute & 1 == 0 {
                seconds += 60
            } else {
                return Timestamp(seconds: seconds)
            }
        }
        return nil
    }

    /// What a span of time leads to; no more than a minute ahead when the clocks change in between.
    private static func skip(_ span: Int64, from seconds: Int64, in zone: TimeZone) -> Int64 {
        let target = seconds + span
        return zone.offset(at: target) == zone.offset(at: seconds) ? target : seconds + 60
    }

    private func matchesDay(_ local: CivilTime) -> Bool {
        let day = days >> local.day & 1 == 1
        let weekday = weekdays >> local.weekday & 1 == 1
        return anyDay || anyWeekday ? day && weekday : day || weekday
    }

    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
