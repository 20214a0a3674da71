/// What a scalar without quotes means.
enum YAMLScalar {
    case null
    case bool(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case timestamp
    case merge
    case string

    init(_ text: String) {
        if let known = YAMLScalar.known[text] {
            self = known
            return
        }
        guard let first = text.utf8.first, YAMLScalar.isDigit(first) || [0x2b, 0x2d, 0x2e].contains(first) else {
            self = .string
            return
        }
        let bytes = Array(text.utf8)
        if YAMLScalar.isTimestamp(bytes) {
            self = .timestamp
            return
        }
        // Underscores may group the digits of numbers, but not of those that begin with a point.
        let plain = first == UInt8(ascii: ".") ? bytes : bytes.filter { $0 != UInt8(ascii: "_") }
        if let (magnitude, isNegative) = YAMLScalar.wholeNumber(plain) {
            if let number = Int64(exactly: isNegative ? -Int128(magnitude) : Int128(magnitude)) {
                self = .integer(number)
                return
            }
            if !isNegative {
                self = .unsigned(magnitude)
                return
            }
        }
        if YAMLScalar.isFloat(plain), let number = Double(String(decoding: plain, as: UTF8.self)), number.isFinite {
            self = .double(number)
        } else {
            self = .string
        }
    }

    private static let known: [String: YAMLScalar] = {
        var known: [String: YAMLScalar] = ["<<": .merge]
        for text in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            known[text] = .bool(true)
        }
        for text in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            known[text] = .bool(false)
        }
        for text in ["", "~", "null", "Null", "NULL"] { known[text] = .null }
        for text in [".nan", ".NaN", ".NAN"] { known[text] = .double(.nan) }
        for text in [".inf", ".Inf", ".INF"] {
            known[text] = .double(.infinity)
            known["+" + text] = .double(.infinity)
            known["-" + text] = .double(-.infinity)
        }
        return known
    }()

    /// Decimal, `0x`, `0b`, `0o`, and octal with a leading zero.
    private static func wholeNumber(_ text: [UInt8]) -> (UInt64, Bool)? {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        var radix = 10
        if digits.count > 1, digits.first == UInt8(ascii: "0") {
            let prefixes: [UInt8: Int] = [UInt8(ascii: "x"): 16, UInt8(ascii: "b"): 2, UInt8(ascii: "o"): 8]
            if let found = prefixes[digits[digits.startIndex + 1] | 0x20] {
                radix = found
                digits = digits.dropFirst(2)
            } else {
                radix = 8
                digits = digits.dropFirst()
            }
        }
        guard digits.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) == true,
            let magnitude = UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
        else { return nil }
        return (magnitude, isNegative)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFloat(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func skipDigits() -> Int {
            let count = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(count)
            return count
        }
        func skipSign() {
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        }
        skipSign()
        let whole = skipDigits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard skipDigits() + whole > 0 else { return false }
        } else if whole == 0 {
            return false
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            skipSign()
            guard skipDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    /// `2006-1-2`, alone or with a time after `T`, `t` or a space.
    private static func isTimestamp(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func take(_ allowed: String) -> UInt8? {
            guard let byte = rest.first, allowed.utf8.contains(byte) else { return nil }
            rest = rest.dropFirst()
            return byte
        }
        func number(_ widths: ClosedRange<Int>, _ values: ClosedRange<Int>) -> Bool {
            let digits = rest.prefix(while: isDigit)
            rest = rest.dropFirst(digits.count)
            return widths.contains(digits.count) && values.contains(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
        guard number(4...4, 0...9999), take("-") != nil, number(1...2, 1...12), take("-") != nil, number(1...2, 1...31)
        else { return false }
        if rest.isEmpty { return true }
        guard let separator = take("Tt "), number(1...2, 0...23), take(":") != nil, number(1...2, 0...59),
            take(":") != nil, number(1...2, 0...59)
        else { return false }
        if take(".,") != nil {
            // Of any length: as a number it would not fit.
            let digits = rest.prefix(while: isDigit)
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count)
        }
        if separator == UInt8(ascii: " ") || take("Z") != nil { return rest.isEmpty }
        return take("+-") != nil && number(2...2, 0...24) && take(":") != nil && number(2...2, 0...60) && rest.isEmpty
    }

    /// Sixty to the power of colons, which other readers of YAML 1.1 take for a number: `1:30`.
    static func isBase60(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return false }
        var parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var first = parts.removeFirst()
        if first.first == UInt8(ascii: "-") || first.first == UInt8(ascii: "+") { first = first.dropFirst() }
        guard first.first.map(isDigit) == true, first.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }) else {
            return false
        }
        if let last = parts.last, let point = last.firstIndex(of: UInt8(ascii: ".")) {
            guard last[last.index(after: point)...].allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }) else {
                return false
            }
            parts[parts.count - 1] = last[..<point]
        }
        return parts.allSatisfy { part in
            part.allSatisfy(isDigit) && (part.count == 1 || (part.count == 2 && (part.first ?? 0) < 0x36))
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
