extension RegexParser {
    /// `[a-z\d[:alpha:]]`.
    mutating func characterClass() throws(RE2Error) -> ScalarSet {
        let start = position
        position += 1
        var isNegative = false
        if current == "^" {
            isNegative = true
            position += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while current != "]" || isFirst {
            guard current != nil else {
                throw RE2Error(code: .missingBracket, part: text(start..<scalars.count))
            }
            isFirst = false
            if let set = try classItem(start) {
                ranges += set.ranges
            } else {
                ranges.append(try range(start))
            }
        }
        position += 1
        var set = ScalarSet(ranges)
        if flags.foldsCase { set = set.foldingCase }
        return isNegative ? set.inverted : set
    }

    /// `[:alpha:]`, `\d` or `\pL` within a class.
    private mutating func classItem(_ start: Int) throws(RE2Error) -> ScalarSet? {
        if current == "[", peek(1) == ":" {
            guard let end = closingColon() else { return nil }
            let full = text(position..<(end + 2))
            var name = full.dropFirst(2).dropLast(2)
            let isNegative = name.first == "^"
            if isNegative { name = name.dropFirst() }
            guard let set = UnicodeClasses.posix(String(name)) else {
                throw RE2Error(code: .characterRange, part: full)
            }
            position = end + 2
            return isNegative ? set.inverted : set
        }
        guard current == "\\", let letter = peek(1) else { return nil }
        if let set = UnicodeClasses.perl(letter) {
            position += 2
            return set
        }
        return try unicodeClass()
    }

    private func closingColon() -> Int? {
        var index = position + 2
        while index + 1 < scalars.count {
            if scalars[index] == ":", scalars[index + 1] == "]" { return index }
            index += 1
        }
        return nil
    }

    private mutating func range(_ classStart: Int) throws(RE2Error) -> ClosedRange<UInt32> {
        let start = position
        let low = try classScalar(classStart)
        guard current == "-", let next = peek(1), next != "]" else { return low...low }
        position += 1
        let high = try classScalar(classStart)
        guard low <= high else { throw RE2Error(code: .characterRange, part: text(start..<position)) }
        return low...high
    }

    private mutating func classScalar(_ classStart: Int) throws(RE2Error) -> UInt32 {
        guard let scalar = current else {
            throw RE2Error(code: .missingBracket, part: text(classStart..<scalars.count))
        }
        if scalar == "\\" { return try escapedScalar().value }
        position += 1
        return scalar.value
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}`; nil when there is none.
    mutating func unicodeClass() throws(RE2Error) -> ScalarSet? {
        guard current == "\\", let letter = peek(1), letter == "p" || letter == "P" else { return nil }
        let start = position
        position += 2
        var isNegative = letter == "P"
        let name: String
        if current == "{" {
            guard let end = scalars[position...].firstIndex(of: "}") else {
                throw RE2Error(code: .characterRange, part: text(start..<scalars.count))
            }
            name = text((position + 1)..<end)
            position = end + 1
        } else {
            guard let single = current else { throw RE2Error(code: .characterRange, part: text(start..<scalars.count)) }
            name = String(Character(single))
            position += 1
        }
        let isInverted = name.first == "^"
        if isInverted { isNegative.toggle() }
        guard let set = UnicodeClasses.property(isInverted ? String(name.dropFirst()) : name) else {
            throw RE2Error(code: .characterRange, part: text(start..<position))
        }
        let folded = flags.foldsCase ? set.foldingCase : set
        return isNegative ? folded.inverted : folded
    }
}
