/// A word of an expression.
struct Token {
    enum Kind: UInt8 {
        case end, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, and, or, `in`
        case leftBracket, rightBracket, leftBrace, rightBrace, leftParenthesis, rightParenthesis
        case dot, comma, minus, not, question, colon, plus, times, divide, modulo
        case `true`, `false`, null, double, int, uint, string, bytes, identifier, escapedIdentifier
    }

    let kind: Kind
    let range: Range<Int>

    /// The operator's function in the syntax tree.
    var operatorName: String? {
        switch kind {
        case .equal: "_==_"
        case .notEqual: "_!=_"
        case .less: "_<_"
        case .lessOrEqual: "_<=_"
        case .greater: "_>_"
        case .greaterOrEqual: "_>=_"
        case .in: "@in"
        case .plus: "_+_"
        case .minus: "_-_"
        case .times: "_*_"
        case .divide: "_/_"
        case .modulo: "_%_"
        default: nil
        }
    }
}

extension Token.Kind {
    /// What may begin an operand.
    var beginsOperand: Bool {
        switch self {
        case .leftBracket, .leftBrace, .leftParenthesis, .dot, .minus, .not, .true, .false, .null, .double, .int,
            .uint, .string, .bytes, .identifier:
            true
        default: false
        }
    }

    var isRelation: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: true
        default: false
        }
    }
}
