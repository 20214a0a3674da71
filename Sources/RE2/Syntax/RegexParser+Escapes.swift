extension RegexParser {
    /// What a backslash begins outside of a class.
    mutating func escape() throws(RE2Error) -> RegexNode? {
        switch peek(1) {
        case "A":
            position += 2
            return .assertion(.textStart)
        case "z":
            position += 2
            return .assertion(.textEnd)
        case "b":
            position += 2
            return .assertion(.wordBoundary)
        case "B":
            position += 2
            return .assertion(.noWordBoundary)
        case "C": throw RE2Error(code: .escape, part: "\\C")
        case let letter?:
            if let set = UnicodeClasses.perl(letter) {
                position += 2
                return .scalars(set)
            }
        case nil: break
        }
        if let set = try unicodeClass() { return .scalars(set) }
        return literal(try escapedScalar())
    }

    /// `\Q...\E`: as it stands; without its end, up to the pattern's end.
    mutating func quotation() -> [RegexNode] {
        position += 2
        var parts: [RegexNode] = []
        while let scalar = current {
            if scalar == "\\", peek(1) == "E" {
                position += 2
                break
            }
            parts.append(literal(scalar))
            position += 1
        }
        return parts
    }

    /// A backslash and what makes one scalar with it.
    mutating func escapedScalar() throws(RE2Error) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let letter = current else { throw RE2Error(code: .trailingBackslash, part: "") }
        position += 1
        switch letter {
        case "1"..."7":
            // A single digit would be a backreference.
            guard let next = current, ("0"..."7").contains(next) else { break }
            return octal(letter)
        case "0": return octal(letter)
        case "x":
            if let scalar = hexadecimal() { return scalar }
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        default:
            if letter.value < 0x80, !UnicodeClasses.word.contains(letter.value) || letter == "_" {
                if letter != "_" { return letter }
            }
        }
        throw RE2Error(code: .escape, part: text(start..<min(position, scalars.count)))
    }

    /// Up to three digits.
    private mutating func octal(_ first: Unicode.Scalar) -> Unicode.Scalar {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard let digit = current, ("0"..."7").contains(digit) else { break }
            value = value * 8 + digit.value - 0x30
            position += 1
        }
        return Unicode.Scalar(value) ?? "\0"
    }

    /// `\x1f` or `\x{10FFFF}`.
    private mutating func hexadecimal() -> Unicode.Scalar? {
        if current == "{" {
            position += 1
            var value: UInt32 = 0
            var count = 0
            while let scalar = current, scalar != "}" {
                position += 1
                guard let digit = scalar.hexValue else { return nil }
                value = value * 16 + digit
                count += 1
                guard value <= 0x10FFFF else { return nil }
            }
            guard current == "}", count > 0 else { return nil }
            position += 1
            return Unicode.Scalar(value)
        }
        guard let high = current?.hexValue, let low = peek(1)?.hexValue else { return nil }
        position += 2
        return Unicode.Scalar(high * 16 + low)
    }
}

extension Unicode.Scalar {
    /// What the scalar is worth as a hexadecimal digit.
    fileprivate var hexValue: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
