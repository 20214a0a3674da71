/// Cuts an expression into tokens.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var tokens: [Token] = []
    private(set) var errors: [(offset: Int?, message: String)] = []

    /// Reads all; what is no token is left out and complained about.
    init(_ source: CELSource) {
        scalars = source.scalars
        while position < scalars.count {
            skipSpace()
            guard position < scalars.count else { break }
            let start = position
            if let kind = next() {
                tokens.append(Token(kind: kind, range: start..<position))
            } else {
                // The character that fits nowhere is lost, too.
                position = min(position + 1, scalars.count)
                let text = source.text(start..<position)
                errors.append((start, "Syntax error: token recognition error at: '\(text)'"))
            }
        }
        tokens.append(Token(kind: .end, range: scalars.count..<scalars.count))
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private mutating func skipSpace() {
        while let scalar = peek() {
            switch scalar {
            case " ", "\t", "\r", "\n", "\u{0C}": position += 1
            case "/" where peek(1) == "/":
                while let scalar = peek(), scalar != "\n" { position += 1 }
            default: return
            }
        }
    }

    /// `nil` where there is no token; then the position is at the character that does not fit.
    private mutating func next() -> Token.Kind? {
        guard let scalar = peek() else { return nil }
        switch scalar {
        case "0"..."9": return number()
        case ".": return peek(1)?.isDigit == true ? number() : take(.dot)
        case "\"", "'": return string(isRaw: false) ? .string : nil
        case "a"..."z", "A"..."Z", "_": return word()
        case "`": return escapedIdentifier()
        default: return punctuation(scalar)
        }
    }

    private mutating func take(_ kind: Token.Kind, _ count: Int = 1) -> Token.Kind {
        position += count
        return kind
    }

    private mutating func punctuation(_ scalar: Unicode.Scalar) -> Token.Kind? {
        switch scalar {
        case "=":
            if peek(1) == "=" { return take(.equal, 2) }
            position += 1
            return nil
        case "!": return peek(1) == "=" ? take(.notEqual, 2) : take(.not)
        case "<": return peek(1) == "=" ? take(.lessOrEqual, 2) : take(.less)
        case ">": return peek(1) == "=" ? take(.greaterOrEqual, 2) : take(.greater)
        case "&", "|":
            if peek(1) == scalar { return take(scalar == "&" ? .and : .or, 2) }
            position += 1
            return nil
        case "[": return take(.leftBracket)
        case "]": return take(.rightBracket)
        case "{": return take(.leftBrace)
        case "}": return take(.rightBrace)
        case "(": return take(.leftParenthesis)
        case ")": return take(.rightParenthesis)
        case ",": return take(.comma)
        case "-": return take(.minus)
        case "?": return take(.question)
        case ":": return take(.colon)
        case "+": return take(.plus)
        case "*": return take(.times)
        case "/": return take(.divide)
        case "%": return take(.modulo)
        default: return nil
        }
    }

    // MARK: Numbers

    private mutating func number() -> Token.Kind {
        if peek() == "0", peek(1) == "x", peek(2)?.isHexDigit == true {
            position += 2
            while peek()?.isHexDigit == true { position += 1 }
            return unsignedSuffix() ? .uint : .int
        }
        var isDouble = false
        digits()
        if peek() == ".", peek(1)?.isDigit == true {
            isDouble = true
            position += 1
            digits()
        }
        if peek() == "e" || peek() == "E" {
            let hasSign = peek(1) == "+" || peek(1) == "-"
            if peek(hasSign ? 2 : 1)?.isDigit == true {
                isDouble = true
                position += hasSign ? 2 : 1
                digits()
            }
        }
        if isDouble { return .double }
        return unsignedSuffix() ? .uint : .int
    }

    private mutating func digits() {
        while peek()?.isDigit == true { position += 1 }
    }

    private mutating func unsignedSuffix() -> Bool {
        guard peek() == "u" || peek() == "U" else { return false }
        position += 1
        return true
    }

    // MARK: Words

    private mutating func word() -> Token.Kind? {
        if let kind = prefixedString() { return kind.isComplete ? kind.kind : nil }
        let start = position
        while let scalar = peek(), scalar.isWord { position += 1 }
        switch String(String.UnicodeScalarView(scalars[start..<position])) {
        case "true": return .true
        case "false": return .false
        case "null": return .null
        case "in": return .in
        default: return .identifier
        }
    }

    /// `r"..."`, `b"..."`, `br"..."`.
    private mutating func prefixedString() -> (kind: Token.Kind, isComplete: Bool)? {
        func isQuote(_ offset: Int) -> Bool { peek(offset) == "\"" || peek(offset) == "'" }
        func isOne(_ offset: Int, _ lower: Unicode.Scalar, _ upper: Unicode.Scalar) -> Bool {
            peek(offset) == lower || peek(offset) == upper
        }
        if isOne(0, "r", "R"), isQuote(1) {
            position += 1
            return (.string, string(isRaw: true))
        }
        guard isOne(0, "b", "B") else { return nil }
        if isQuote(1) {
            position += 1
            return (.bytes, string(isRaw: false))
        }
        guard isOne(1, "r", "R"), isQuote(2) else { return nil }
        position += 2
        return (.bytes, string(isRaw: true))
    }

    private mutating func escapedIdentifier() -> Token.Kind? {
        position += 1
        let start = position
        while let scalar = peek(), scalar.isWord || scalar == "." || scalar == "-" || scalar == "/" || scalar == " " {
            position += 1
        }
        guard position > start, peek() == "`" else { return nil }
        return take(.escapedIdentifier)
    }

    // MARK: Strings

    /// False at the character that does not fit, or at the end.
    private mutating func string(isRaw: Bool) -> Bool {
        guard let quote = peek() else { return false }
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        while let scalar = peek() {
            if scalar == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                position += isTriple ? 3 : 1
                return true
            }
            if !isTriple, scalar == "\n" || scalar == "\r" { return false }
            if scalar == "\\", !isRaw {
                guard escape() else { return false }
            } else {
                position += 1
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        position += 1
        guard let letter = peek() else { return false }
        let digits: Int
        switch letter {
        case "a", "b", "f", "n", "r", "t", "v", "\"", "'", "\\", "?", "`": digits = 0
        case "x", "X": digits = 2
        case "u": digits = 4
        case "U": digits = 8
        case "0"..."3":
            position += 1
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { return false }
                position += 1
            }
            return true
        default: return false
        }
        position += 1
        for _ in 0..<digits {
            guard peek()?.isHexDigit == true else { return false }
            position += 1
        }
        return true
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var isHexDigit: Bool { isDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }
    var isWord: Bool { isDigit || ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" }
}
