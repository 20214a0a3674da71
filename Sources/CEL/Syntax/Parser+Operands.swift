extension Parser {
    /// An operand and what is selected from it, called on it or looked up in it.
    mutating func member() throws(Abortion) -> Expression {
        try enter(.member)
        var count = 1
        var operand = try primary()
        while current.kind == .dot || current.kind == .leftBracket {
            try enter(.member)
            count += 1
            operand = current.kind == .dot ? try selection(operand) : try lookup(operand)
        }
        leave(.member, count)
        return operand
    }

    private mutating func selection(_ operand: Expression) throws(Abortion) -> Expression {
        let dot = current
        advance()
        let isOptional = current.kind == .question
        if isOptional { advance() }
        let name = current
        guard name.kind == .identifier || name.kind == .escapedIdentifier else {
            reportBadField(after: dot)
            return Expression(.missing, at: dot.range.lowerBound)
        }
        advance()
        if !isOptional, name.kind == .identifier, current.kind == .leftParenthesis {
            let open = current.range.lowerBound
            advance()
            let arguments = try self.arguments()
            return try call(text(of: name), target: operand, arguments, at: open)
        }
        let offset = dot.range.lowerBound
        let field = name.kind == .identifier ? text(of: name) : String(text(of: name).dropFirst().dropLast())
        if isOptional {
            guard allowsOptionals else {
                errors.append((offset, "unsupported syntax '.?'"))
                return Expression(.missing, at: offset)
            }
            let literal = Expression(.literal(.string(field)), at: name.range.lowerBound)
            return try call("_?._", [operand, literal], at: offset)
        }
        return try select(operand, field, at: offset)
    }

    private func select(_ operand: Expression, _ field: String, at offset: Int) throws(Abortion) -> Expression {
        let node = Expression(.select(operand, field: field, isTest: false), at: offset)
        node.depth = operand.depth + 1
        guard node.depth <= Parser.depthMax else { throw Abortion(message: "max recursion depth exceeded") }
        return node
    }

    private mutating func reportBadField(after dot: Token) {
        switch current.kind {
        case .true, .false, .null:
            report("mismatched input '\(text(of: current))' expecting IDENTIFIER", at: current)
            advance()
        case .end: report("no viable alternative at input '.'", at: current)
        default:
            report("no viable alternative at input '.\(text(of: current))'", at: current)
            advance()
        }
    }

    private mutating func lookup(_ operand: Expression) throws(Abortion) -> Expression {
        let offset = current.range.lowerBound
        advance()
        let isOptional = current.kind == .question
        if isOptional { advance() }
        let key = try expression()
        guard expect(.rightBracket) else { return Expression(.missing, at: offset) }
        if isOptional, !allowsOptionals {
            errors.append((offset, "unsupported syntax '[?'"))
            return Expression(.missing, at: offset)
        }
        return try call(isOptional ? "_[?_]" : "_[_]", [operand, key], at: offset)
    }

    /// Up to the closing parenthesis.
    private mutating func arguments() throws(Abortion) -> [Expression] {
        if current.kind == .rightParenthesis {
            advance()
            return []
        }
        guard current.kind.beginsOperand else {
            _ = missingOperand(expecting: Parser.argumentNames)
            return []
        }
        var arguments = [try expression()]
        while current.kind == .comma {
            advance()
            arguments.append(try expression())
        }
        _ = expect(.rightParenthesis)
        return arguments
    }

    // MARK: Primaries

    private mutating func primary() throws(Abortion) -> Expression {
        let token = current
        let offset = token.range.lowerBound
        switch token.kind {
        case .identifier: return try name(leadingDot: nil)
        case .dot where next.kind == .identifier:
            advance()
            return try name(leadingDot: token)
        case .dot:
            advance()
            reportBadField(after: token)
            return Expression(.missing, at: offset)
        case .leftParenthesis:
            advance()
            let inner = try expression()
            _ = expect(.rightParenthesis)
            return inner
        case .leftBracket: return try list()
        case .leftBrace: return try map()
        case .minus, .int, .uint, .double, .string, .bytes, .true, .false, .null: return literal()
        default:
            guard missingOperand(expecting: Parser.operandNames) else { return Expression(.missing, at: offset) }
            return try primary()
        }
    }

    private mutating func name(leadingDot: Token?) throws(Abortion) -> Expression {
        let token = current
        let word = text(of: token)
        let prefix = leadingDot == nil ? "" : "."
        if let structure = try structure(prefix) { return structure }
        advance()
        let isCall = current.kind == .leftParenthesis
        if CELFieldName.reserved.contains(word) {
            let offset = leadingDot?.range.lowerBound ?? token.range.lowerBound
            errors.append((offset, "reserved identifier: \(word)"))
            if isCall {
                advance()
                _ = try arguments()
            }
            return Expression(.missing, at: offset)
        }
        guard isCall else { return Expression(.identifier(prefix + word), at: token.range.lowerBound) }
        let open = current.range.lowerBound
        advance()
        return try call(prefix + word, try arguments(), at: open)
    }

    /// `a.b.C{field: value}`, when the names are followed by a brace.
    private mutating func structure(_ prefix: String) throws(Abortion) -> Expression? {
        var last = index
        while tokens[min(last + 1, tokens.count - 1)].kind == .dot,
            tokens[min(last + 2, tokens.count - 1)].kind == .identifier
        {
            last += 2
        }
        guard tokens[min(last + 1, tokens.count - 1)].kind == .leftBrace else { return nil }
        let name = prefix + tokens[index...last].map(text(of:)).joined()
        index = last + 1
        let offset = current.range.lowerBound
        advance()
        var fields: [Expression.FieldInitializer] = []
        while current.kind != .rightBrace {
            if current.kind == .comma, next.kind == .rightBrace {
                advance()
                break
            }
            guard let field = try fieldInitializer() else { break }
            fields.append(field)
            if current.kind == .comma { advance() } else { break }
        }
        _ = expect(.rightBrace)
        return Expression(.structure(name, fields), at: offset)
    }

    private mutating func fieldInitializer() throws(Abortion) -> Expression.FieldInitializer? {
        let isOptional = current.kind == .question
        if isOptional {
            if !allowsOptionals { errors.append((current.range.lowerBound, "unsupported syntax '?'")) }
            advance()
        }
        if current.kind != .identifier, current.kind != .escapedIdentifier {
            guard next.kind == .identifier else {
                reportMismatch(expecting: Parser.fieldNames)
                return nil
            }
            report("extraneous input '\(text(of: current))' expecting \(Parser.fieldNames)", at: current)
            advance()
        }
        let token = current
        advance()
        let offset = current.range.lowerBound
        guard expect(.colon) else { return nil }
        let name = token.kind == .identifier ? text(of: token) : String(text(of: token).dropFirst().dropLast())
        return Expression.FieldInitializer(
            name: name, value: try expression(), isOptional: isOptional, offset: offset)
    }

    private mutating func list() throws(Abortion) -> Expression {
        let offset = current.range.lowerBound
        advance()
        var items: [Expression] = []
        var optionals: Set<Int> = []
        while current.kind != .rightBracket {
            if current.kind == .comma, next.kind == .rightBracket {
                advance()
                break
            }
            if try optionalMark() { optionals.insert(items.count) }
            if items.isEmpty, !current.kind.beginsOperand {
                guard missingOperand(expecting: Parser.listItemNames) else { break }
            }
            items.append(try expression())
            if current.kind == .comma { advance() } else { break }
        }
        _ = expect(.rightBracket)
        return Expression(.list(items, optionals: optionals), at: offset)
    }

    private mutating func optionalMark() throws(Abortion) -> Bool {
        guard current.kind == .question else { return false }
        if !allowsOptionals { errors.append((current.range.lowerBound, "unsupported syntax '?'")) }
        advance()
        return true
    }

    private mutating func map() throws(Abortion) -> Expression {
        let offset = current.range.lowerBound
        advance()
        var entries: [Expression.Entry] = []
        while current.kind != .rightBrace {
            if current.kind == .comma, next.kind == .rightBrace {
                advance()
                break
            }
            let isOptional = try optionalMark()
            if entries.isEmpty, !current.kind.beginsOperand {
                guard missingOperand(expecting: Parser.mapKeyNames) else { return Expression(.missing, at: offset) }
            }
            let key = try expression()
            guard expect(.colon) else { break }
            entries.append(Expression.Entry(key: key, value: try expression(), isOptional: isOptional))
            if current.kind == .comma { advance() } else { break }
        }
        _ = expect(.rightBrace)
        return Expression(.map(entries), at: offset)
    }

    // MARK: Literals

    private mutating func literal() -> Expression {
        let start = current
        let isNegative = start.kind == .minus
        if isNegative { advance() }
        let token = current
        advance()
        let offset = start.range.lowerBound
        guard let value = value(of: token, isNegative: isNegative) else {
            errors.append((offset, invalidLiteral(token)))
            return Expression(.missing, at: offset)
        }
        return Expression(.literal(value), at: offset)
    }

    private func invalidLiteral(_ token: Token) -> String {
        switch token.kind {
        case .int: "invalid int literal"
        case .uint: "invalid uint literal"
        case .double: "invalid double literal"
        default: "unable to unescape string"
        }
    }

    private func value(of token: Token, isNegative: Bool) -> CELValue? {
        let text = text(of: token)
        switch token.kind {
        case .int:
            let (digits, radix) = text.hasPrefix("0x") ? (String(text.dropFirst(2)), 16) : (text, 10)
            return Int64((isNegative ? "-" : "") + digits, radix: radix).map(CELValue.int)
        case .uint:
            let bare = text.dropLast()
            let (digits, radix) = bare.hasPrefix("0x") ? (bare.dropFirst(2), 16) : (bare, 10)
            return UInt64(digits, radix: radix).map(CELValue.uint)
        case .double:
            let full = (isNegative ? "-" : "") + (text.hasPrefix(".") ? "0" + text : text)
            guard let number = Double(full), number.isFinite else { return nil }
            return .double(number)
        case .string: return StringLiteral.string(source.scalars[token.range]).map(CELValue.string)
        case .bytes: return StringLiteral.bytes(source.scalars[token.range].dropFirst()).map(CELValue.bytes)
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .null: return .null
        default: return nil
        }
    }
}
