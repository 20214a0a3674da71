/// Reads RE2's syntax, with Perl's classes and Go's limits and complaints.
struct RegexParser {
    struct Flags {
        var foldsCase = false
        var isMultiline = false
        var dotMatchesNewline = false
        var isUngreedy = false
    }

    static let nestingMax = 1000
    static let repetitionMax = 1000

    let scalars: [Unicode.Scalar]
    var position = 0
    var flags = Flags()
    private var depth = 0
    private var names: Set<String> = []

    static func parse(_ text: String) throws(RE2Error) -> RegexNode {
        var parser = RegexParser(scalars: Array(text.unicodeScalars))
        let node = try parser.alternatives()
        guard parser.position == parser.scalars.count else {
            throw RE2Error(code: .unexpectedParenthesis, part: text)
        }
        return node
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    var rest: String { text(position..<scalars.count) }
    var whole: String { text(0..<scalars.count) }

    private mutating func alternatives() throws(RE2Error) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RegexParser.nestingMax else { throw RE2Error(code: .nestingDepth, part: whole) }
        var branches = [try sequence()]
        while current == "|" {
            position += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(RE2Error) -> RegexNode {
        var parts: [RegexNode] = []
        /// Where the last repetition operator stands, when nothing came after it.
        var lastOperator: Int?
        while let scalar = current, scalar != "|", scalar != ")" {
            let start = position
            if let bounds = try repetitionOperator() {
                guard let last = parts.popLast() else {
                    throw RE2Error(code: .missingRepeatArgument, part: text(start..<position))
                }
                if let lastOperator {
                    throw RE2Error(code: .repeatOperator, part: text(lastOperator..<position))
                }
                let isGreedy = bounds.isGreedy != flags.isUngreedy
                let part = RegexNode.repetition(last, min: bounds.min, max: bounds.max, isGreedy: isGreedy)
                guard RegexParser.isWithin(RegexParser.repetitionMax, part) else {
                    throw RE2Error(code: .repeatSize, part: text(start..<position))
                }
                parts.append(part)
                lastOperator = start
            } else {
                if scalar == "\\", peek(1) == "Q" {
                    parts += quotation()
                } else if let part = try item(scalar) {
                    parts.append(part)
                }
                lastOperator = nil
            }
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    /// `nil` for what only sets flags.
    private mutating func item(_ scalar: Unicode.Scalar) throws(RE2Error) -> RegexNode? {
        switch scalar {
        case "(": return try group()
        case "[": return .scalars(try characterClass())
        case "\\": return try escape()
        case ".":
            position += 1
            return .scalars(flags.dotMatchesNewline ? .all : .allButNewline)
        case "^":
            position += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            position += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        default:
            position += 1
            return literal(scalar)
        }
    }

    func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        let set = ScalarSet(scalar.value)
        return .scalars(flags.foldsCase ? set.foldingCase : set)
    }

    // MARK: Groups

    private mutating func group() throws(RE2Error) -> RegexNode? {
        let outer = flags
        let start = position
        position += 1
        if current == "?" {
            if try !groupPrefix(start) { return nil }
        }
        let inner = try alternatives()
        guard current == ")" else { throw RE2Error(code: .missingParenthesis, part: whole) }
        position += 1
        flags = outer
        return inner
    }

    /// Reads `?:`, `?P<name>`, `?<name>` or flags; false when the flags hold for what follows: `(?i)`.
    private mutating func groupPrefix(_ start: Int) throws(RE2Error) -> Bool {
        let isNamed = peek(1) == "P" && peek(2) == "<" || peek(1) == "<"
        if isNamed, !(peek(1) == "<" && (peek(2) == "=" || peek(2) == "!")) {
            try name(start)
            return true
        }
        position += 1
        var isNegative = false
        var sawFlag = false
        while let scalar = current {
            position += 1
            switch scalar {
            case "i": flags.foldsCase = !isNegative
            case "m": flags.isMultiline = !isNegative
            case "s": flags.dotMatchesNewline = !isNegative
            case "U": flags.isUngreedy = !isNegative
            case "-":
                guard !isNegative else { throw RE2Error(code: .perlOperator, part: text(start..<position)) }
                isNegative = true
                sawFlag = false
                continue
            case ":", ")":
                guard !isNegative || sawFlag else { throw RE2Error(code: .perlOperator, part: text(start..<position)) }
                return scalar == ":"
            default: throw RE2Error(code: .perlOperator, part: text(start..<position))
            }
            sawFlag = true
        }
        throw RE2Error(code: .missingParenthesis, part: whole)
    }

    private mutating func name(_ start: Int) throws(RE2Error) {
        position += peek(1) == "P" ? 3 : 2
        let first = position
        guard let end = scalars[first...].firstIndex(of: ">") else {
            throw RE2Error(code: .namedCapture, part: text(start..<scalars.count))
        }
        let name = text(first..<end)
        let isWord = scalars[first..<end].allSatisfy { UnicodeClasses.word.contains($0.value) }
        guard !name.isEmpty, isWord else { throw RE2Error(code: .namedCapture, part: text(start..<(end + 1))) }
        guard names.insert(name).inserted else { throw RE2Error(code: .duplicateName, part: name) }
        position = end + 1
    }
}
