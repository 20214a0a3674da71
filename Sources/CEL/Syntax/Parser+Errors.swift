/// Complaints about syntax in ANTLR's words.
extension Parser {
    static let operandNames =
        "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, "
        + "IDENTIFIER}"
    static let listItemNames = listNames("']', ")
    static let mapKeyNames =
        "{'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, "
        + "BYTES, IDENTIFIER}"
    static let fieldNames = "{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"
    static let argumentNames =
        "{'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, "
        + "IDENTIFIER}"

    private static func listNames(_ close: String) -> String {
        "{'[', \(close)'{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, "
            + "STRING, BYTES, IDENTIFIER}"
    }

    func text(of token: Token) -> String {
        token.kind == .end ? "<EOF>" : source.text(token.range)
    }

    mutating func report(_ message: String, at token: Token) {
        errors.append((token.range.lowerBound, "Syntax error: \(message)"))
    }

    mutating func reportMismatch(expecting names: String) {
        report("mismatched input '\(text(of: current))' expecting \(names)", at: current)
    }

    /// Takes a token of this kind; complains where there is none.
    mutating func expect(_ kind: Token.Kind) -> Bool {
        if current.kind == kind {
            advance()
            return true
        }
        let name = kind.text
        if next.kind == kind, current.kind != .end {
            report("extraneous input '\(text(of: current))' expecting '\(name)'", at: current)
            advance()
            advance()
            return true
        }
        if kind.isInsertable, current.kind == .end || !current.kind.beginsOperand {
            report("missing '\(name)' at '\(text(of: current))'", at: current)
            return true
        }
        reportMismatch(expecting: "'\(name)'")
        return false
    }

    /// More text than the expression has.
    mutating func reportTrailing() {
        let names = "<EOF>"
        if next.kind == .end {
            report("extraneous input '\(text(of: current))' expecting \(names)", at: current)
        } else {
            reportMismatch(expecting: names)
        }
    }

    /// What stands where an operand belongs is left out when an operand follows it.
    mutating func missingOperand(expecting names: String) -> Bool {
        let isSkippable = current.kind != .end && next.kind.beginsOperand && !current.kind.isClosing
        if isSkippable, errors.isEmpty || !current.kind.continuesExpression || index == 0 || current.kind == .in {
            report("extraneous input '\(text(of: current))' expecting \(names)", at: current)
            advance()
            return true
        }
        reportMismatch(expecting: names)
        return false
    }
}

extension Token.Kind {
    fileprivate var isClosing: Bool {
        self == .rightParenthesis || self == .rightBracket || self == .rightBrace || self == .comma || self == .colon
    }

    fileprivate var continuesExpression: Bool {
        isRelation || self == .and || self == .or || self == .question || self == .plus || self == .times
            || self == .divide || self == .modulo
    }

    fileprivate var isInsertable: Bool { self == .rightParenthesis || self == .rightBracket || self == .rightBrace }

    fileprivate var text: String {
        switch self {
        case .rightParenthesis: ")"
        case .rightBracket: "]"
        case .rightBrace: "}"
        case .colon: ":"
        default: ""
        }
    }
}
