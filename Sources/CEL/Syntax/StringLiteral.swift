/// The value of a string's or bytes' literal.
enum StringLiteral {
    /// What stands in the quotes, escapes resolved; nil for an escape that is no scalar value.
    static func string(_ literal: ArraySlice<Unicode.Scalar>) -> String? {
        var text = String.UnicodeScalarView()
        let isComplete = read(literal) {
            text.append($0)
        } byte: {
            text.append(Unicode.Scalar($0))
        }
        return isComplete ? String(text) : nil
    }

    /// The same as bytes: characters as UTF-8, `\x` and octal escapes as single bytes.
    static func bytes(_ literal: ArraySlice<Unicode.Scalar>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var hasUnicodeEscape = false
        let isComplete = read(literal) {
            bytes.append(contentsOf: Array(String($0).utf8))
        } byte: {
            bytes.append($0)
        } unicodeEscape: {
            hasUnicodeEscape = true
        }
        return isComplete && !hasUnicodeEscape ? bytes : nil
    }

    private static func read(
        _ literal: ArraySlice<Unicode.Scalar>, scalar put: (Unicode.Scalar) -> Void, byte putByte: (UInt8) -> Void,
        unicodeEscape: () -> Void = {}
    ) -> Bool {
        var rest = literal
        let isRaw = rest.first == "r" || rest.first == "R"
        if isRaw { rest = rest.dropFirst() }
        let quote = rest.first
        let isTriple = rest.count >= 6 && rest.prefix(3).allSatisfy { $0 == quote }
        rest = rest.dropFirst(isTriple ? 3 : 1).dropLast(isTriple ? 3 : 1)
        while let next = rest.popFirst() {
            // Go reads line ends in a source text as plain ones.
            if next == "\r" {
                if rest.first == "\n" { rest = rest.dropFirst() }
                put("\n")
                continue
            }
            guard next == "\\", !isRaw, let letter = rest.popFirst() else {
                put(next)
                continue
            }
            switch letter {
            case "a": put("\u{07}")
            case "b": put("\u{08}")
            case "f": put("\u{0C}")
            case "n": put("\n")
            case "r": put("\r")
            case "t": put("\t")
            case "v": put("\u{0B}")
            case "x", "X": putByte(UInt8(truncatingIfNeeded: number(&rest, 2, radix: 16)))
            case "u", "U":
                unicodeEscape()
                guard let scalar = Unicode.Scalar(number(&rest, letter == "u" ? 4 : 8, radix: 16)) else { return false }
                put(scalar)
            case "0"..."3":
                let value = (letter.value - 0x30) * 64 + number(&rest, 2, radix: 8)
                putByte(UInt8(truncatingIfNeeded: value))
            default: put(letter)
            }
        }
        return true
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>, _ count: Int, radix: Int) -> UInt32 {
        let digits = String(String.UnicodeScalarView(rest.prefix(count)))
        rest = rest.dropFirst(count)
        return UInt32(digits, radix: radix) ?? 0
    }
}
