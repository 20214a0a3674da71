internal import APIMachinery
internal import TimeZones

/// Whether a text is a schedule: five fields, or a word such as `@hourly`.
enum CronText {
    private static let words: Set<String> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
    ]
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    static func fault(_ schedule: String) -> String? {
        var text = schedule[...]
        if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
            let zone = text.prefix { $0 != " " }.drop { $0 != "=" }.dropFirst()
            if zone != "Local", !zone.isEmpty, TimeZone.named(String(zone)) == nil {
                return "provided bad location \(zone): unknown time zone \(zone)"
            }
            text = text.drop { $0 != " " }
        }
        while text.first == " " { text.removeFirst() }
        if text.hasPrefix("@") {
            if text.hasPrefix("@every ") {
                do { _ = try DurationText.parse(String(text.dropFirst(7))) } catch {
                    return "failed to parse duration \(text): \(error.message)"
                }
                return nil
            }
            return words.contains(String(text)) ? nil : "unrecognized descriptor: \(text)"
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            return "expected exactly 5 fields, found \(fields.count): [\(fields.joined(separator: " "))]"
        }
        let bounds: [(ClosedRange<Int>, [String], Int)] = [
            (0...59, [], 0), (0...23, [], 0), (1...31, [], 0), (1...12, months, 1), (0...6, days, 0),
        ]
        for (field, bound) in zip(fields, bounds) {
            for part in field.split(separator: ",") {
                if let fault = fault(String(part), bound.0, bound.1, bound.2) { return fault }
            }
        }
        return nil
    }

    private static func fault(_ part: String, _ range: ClosedRange<Int>, _ names: [String], _ offset: Int) -> String? {
        let steps = part.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.count <= 2 else { return "too many slashes: \(part)" }
        var step = 1
        if steps.count == 2 {
            guard let number = Int(steps[1]) else {
                return "failed to parse int from \(steps[1]): strconv.Atoi: parsing \"\(steps[1])\": invalid syntax"
            }
            if number < 0 { return "negative number (\(number)) not allowed: \(steps[1])" }
            step = number
        }
        let noStep = step == 0 ? "step of range should be a positive number: \(part)" : nil
        if steps[0] == "*" || steps[0] == "?" { return noStep }
        let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { return "too many hyphens: \(part)" }
        var numbers: [Int] = []
        for end in ends {
            if let index = names.firstIndex(of: end.lowercased()) {
                numbers.append(index + offset)
            } else if let number = Int(end), number >= 0 {
                numbers.append(number)
            } else {
                return "failed to parse int from \(end): strconv.Atoi: parsing \"\(end)\": invalid syntax"
            }
        }
        guard let first = numbers.first, var last = numbers.last else { return nil }
        if steps.count == 2, ends.count == 1 { last = range.upperBound }
        if first < range.lowerBound {
            return "beginning of range (\(first)) below minimum (\(range.lowerBound)): \(part)"
        }
        if last > range.upperBound { return "end of range (\(last)) above maximum (\(range.upperBound)): \(part)" }
        if first > last { return "beginning of range (\(first)) beyond end of range (\(last)): \(part)" }
        return noStep
    }
}
