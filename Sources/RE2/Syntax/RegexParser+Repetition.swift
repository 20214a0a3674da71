/// How often something may occur.
struct RepetitionBounds {
    let min: Int
    let max: Int?
    let isGreedy: Bool
}

extension RegexParser {
    /// Reads `*`, `+`, `?` or `{2,5}` with the `?` of a lazy one. What looks like `{...}` but is none is a literal.
    mutating func repetitionOperator() throws(RE2Error) -> RepetitionBounds? {
        let start = position
        let bounds: (Int, Int?)
        switch current {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            guard let counts = counts() else {
                position = start
                return nil
            }
            guard counts.min <= RegexParser.repetitionMax, counts.max ?? 0 <= RegexParser.repetitionMax,
                counts.max.map({ $0 >= counts.min }) ?? true
            else { throw RE2Error(code: .repeatSize, part: text(start..<(position + 1))) }
            bounds = counts
        default: return nil
        }
        position += 1
        let isLazy = current == "?"
        if isLazy { position += 1 }
        return RepetitionBounds(min: bounds.0, max: bounds.1, isGreedy: !isLazy)
    }

    /// Leaves the position at the closing brace.
    private mutating func counts() -> (min: Int, max: Int?)? {
        position += 1
        guard let min = number() else { return nil }
        if current == "}" { return (min, min) }
        guard current == "," else { return nil }
        position += 1
        if current == "}" { return (min, nil) }
        guard let max = number(), current == "}" else { return nil }
        return (min, max)
    }

    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while let scalar = current, UnicodeClasses.digit.contains(scalar.value) {
            // Beyond the limit anyway; stays small however many digits follow.
            value = Swift.min(value * 10 + Int(scalar.value - 0x30), 100_000)
            position += 1
        }
        guard position > start, !(scalars[start] == "0" && position > start + 1) else { return nil }
        return value
    }

    /// Nested counts multiply; their product has the same limit as one count.
    static func isWithin(_ budget: Int, _ node: RegexNode) -> Bool {
        switch node {
        case .empty, .scalars, .assertion: return true
        case .sequence(let parts), .alternatives(let parts): return parts.allSatisfy { isWithin(budget, $0) }
        case .repetition(let part, let min, let max, _):
            let isCounted = !(min <= 1 && (max == nil || max == 1))
            guard isCounted else { return isWithin(budget, part) }
            let count = max ?? min
            guard count <= budget else { return false }
            return isWithin(count > 0 ? budget / count : budget, part)
        }
    }
}
