/// Reads a label selector by recursive descent; messages are upstream's.
struct LabelSelectorParser {
    private enum Token: Equatable {
        case end, closing, comma, not, doubleEquals, equals, greater, less, notEquals, opening
        case word(String)

        /// As error messages show it.
        var literal: String {
            switch self {
            case .end: ""
            case .closing: ")"
            case .comma: ","
            case .not: "!"
            case .doubleEquals: "=="
            case .equals: "="
            case .greater: ">"
            case .less: "<"
            case .notEquals: "!="
            case .opening: "("
            case .word(let word): word
            }
        }

        var isWord: Bool { if case .word = self { true } else { false } }
    }

    private let tokens: [Token]
    private var position = 0

    init(_ text: String) { tokens = LabelSelectorParser.scan(text) }

    mutating func parse() throws(SelectorError) -> [LabelRequirement] {
        var requirements: [LabelRequirement] = []
        while true {
            switch next {
            case .word, .not:
                do {
                    requirements.append(try parseRequirement())
                } catch {
                    throw SelectorError("unable to parse requirement: \(error)")
                }
                switch take() {
                case .end: return requirements
                case .comma:
                    guard next.isWord || next == .not else {
                        throw SelectorError("found '\(next.literal)', expected: identifier after ','")
                    }
                case let token: throw SelectorError("found '\(token.literal)', expected: ',' or 'end of string'")
                }
            case .end: return requirements
            case let token:
                throw SelectorError("found '\(token.literal)', expected: !, identifier, or 'end of string'")
            }
        }
    }

    private var next: Token { tokens[position] }

    /// The last token, `end`, is never passed.
    private mutating func take() -> Token {
        let token = tokens[position]
        if position < tokens.count - 1 { position += 1 }
        return token
    }

    private mutating func parseRequirement() throws(SelectorError) -> LabelRequirement {
        let isNegated = next == .not
        if isNegated { _ = take() }
        let token = take()
        guard case .word(let key) = token else {
            throw SelectorError("found '\(token.literal)', expected: identifier")
        }
        let faults = Names.labelKey(key)
        guard faults.isEmpty else {
            // Upstream prints the path of this error, of which there is none.
            throw SelectorError(FieldError.invalid("<nil>", key, faults.joined(separator: "; ")).description)
        }
        if isNegated { return try LabelRequirement(key: key, operation: .doesNotExist, values: []) }
        if next == .end || next == .comma { return try LabelRequirement(key: key, operation: .exists, values: []) }

        let operation = try parseOperator()
        let values = operation == .isIn || operation == .notIn ? try parseValues() : try parseExactValue()
        return try LabelRequirement(key: key, operation: operation, values: Set(values).sorted())
    }

    private mutating func parseOperator() throws(SelectorError) -> LabelRequirement.Operator {
        let token = take()
        switch token {
        case .word("in"): return .isIn
        case .word("notin"): return .notIn
        case .equals: return .equals
        case .doubleEquals: return .doubleEquals
        case .notEquals: return .notEquals
        case .greater: return .greaterThan
        case .less: return .lessThan
        case .end, .closing, .comma, .not, .opening, .word:
            throw SelectorError("found '\(token.literal)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private mutating func parseExactValue() throws(SelectorError) -> [String] {
        if next == .end || next == .comma { return [""] }
        let token = take()
        guard case .word(let value) = token else {
            throw SelectorError("found '\(token.literal)', expected: identifier")
        }
        return [value]
    }

    private mutating func parseValues() throws(SelectorError) -> [String] {
        let opening = take()
        guard opening == .opening else { throw SelectorError("found '\(opening.literal)' expected: '('") }
        if next == .closing {
            _ = take()
            return [""]
        }
        guard next.isWord || next == .comma else {
            throw SelectorError("found '\(next.literal)', expected: ',', ')' or identifier")
        }
        var values: [String] = []
        while true {
            let token = take()
            switch token {
            case .word(let value):
                values.append(value)
                if next == .closing { break }
                guard next == .comma else { throw SelectorError("found '\(next.literal)', expected: ',' or ')'") }
                continue
            case .comma:
                // `(,a)`, `(a,)` and `(a,,b)` hold an empty value.
                if values.isEmpty || next == .comma || next == .closing { values.append("") }
                if next == .closing { break }
                continue
            case .end, .closing, .not, .doubleEquals, .equals, .greater, .less, .notEquals, .opening:
                throw SelectorError("found '\(token.literal)', expected: ',', or identifier")
            }
            _ = take()
            return values
        }
    }

    private static func scan(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let isDoubled = rest.dropFirst().first == UInt8(ascii: "=")
            var length = 1
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
            case UInt8(ascii: "("): tokens.append(.opening)
            case UInt8(ascii: ")"): tokens.append(.closing)
            case UInt8(ascii: ","): tokens.append(.comma)
            case UInt8(ascii: ">"): tokens.append(.greater)
            case UInt8(ascii: "<"): tokens.append(.less)
            case UInt8(ascii: "="):
                tokens.append(isDoubled ? .doubleEquals : .equals)
                length = isDoubled ? 2 : 1
            case UInt8(ascii: "!"):
                tokens.append(isDoubled ? .notEquals : .not)
                length = isDoubled ? 2 : 1
            default:
                let word = rest.prefix { !special.contains($0) }
                tokens.append(.word(String(decoding: word, as: UTF8.self)))
                length = word.count
            }
            rest = rest.dropFirst(length)
        }
        return tokens + [.end]
    }

    private static let special = Set("=!(),>< \t\r\n".utf8)
}
