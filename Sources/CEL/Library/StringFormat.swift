internal import APIMachinery

/// `format`: a text with clauses such as `%s`, `%d`, `%.2f`.
enum StringFormat {
    /// Digits after the point where the clause does not say.
    private static let defaultPrecision = 6
    /// As many as any number can need.
    private static let precisionMax = 1100

    static func format(_ text: String, _ arguments: CELList) throws(CELEvaluationError) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        var position = 0
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "%") {
                rest = rest.dropFirst()
                result.append(byte)
                continue
            }
            guard position < arguments.count else { throw CELEvaluationError("index \(position) out of range") }
            guard !rest.isEmpty else { throw CELEvaluationError("unexpected end of string") }
            let clause = try clause(&rest)
            do throws(CELEvaluationError) {
                result += try apply(clause, arguments[position]).utf8
            } catch {
                throw CELEvaluationError("error during formatting: \(error.message)")
            }
            position += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private struct Clause {
        let letter: UInt8
        let precision: Int
    }

    private static func clause(_ rest: inout ArraySlice<UInt8>) throws(CELEvaluationError) -> Clause {
        let prefix = "could not parse formatting clause: "
        var precision = defaultPrecision
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            let place = prefix + "error while parsing precision: "
            guard !rest.isEmpty else { throw CELEvaluationError(place + "could not find end of precision specifier") }
            let text = String(decoding: digits, as: UTF8.self)
            guard let number = Int(text) else {
                throw CELEvaluationError(
                    place
                        + "error while converting precision to integer: strconv.Atoi: parsing \"\(text)\": invalid syntax"
                )
            }
            precision = min(number, precisionMax)
        }
        guard let letter = rest.popFirst() else { throw CELEvaluationError("unexpected end of string") }
        guard "sdfebxXo".utf8.contains(letter) else {
            let name = Character(Unicode.Scalar(letter))
            throw CELEvaluationError(prefix + "unrecognized formatting clause \"\(name)\"")
        }
        return Clause(letter: letter, precision: precision)
    }

    private static func apply(_ clause: Clause, _ value: CELValue) throws(CELEvaluationError) -> String {
        switch Unicode.Scalar(clause.letter) {
        case "s": return try string(value)
        case "d": return try decimal(value)
        case "f":
            guard let number = double(value) else {
                throw refusal("fixed-point clause can only be used on doubles", value)
            }
            return number.isFinite ? GoNumber.fixed(number, digits: clause.precision) : infinite(number)
        case "e":
            guard let number = double(value) else {
                throw refusal("scientific clause can only be used on doubles", value)
            }
            return number.isFinite ? scientific(number, clause.precision) : infinite(number)
        case "b": return try binary(value)
        case "o":
            switch value {
            case .int(let number): return String(number, radix: 8)
            case .uint(let number): return String(number, radix: 8)
            default: throw refusal("octal clause can only be used on integers", value)
            }
        default: return try hexadecimal(value, isUpper: clause.letter == UInt8(ascii: "X"))
        }
    }

    private static func refusal(_ rule: String, _ value: CELValue) -> CELEvaluationError {
        CELEvaluationError("\(rule), was given \(value.type.runtimeName)")
    }

    private static func double(_ value: CELValue) -> Double? {
        switch value {
        case .double(let number): number
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: nil
        }
    }

    /// As the locale's printer has it.
    private static func infinite(_ number: Double) -> String { number.isNaN ? "NaN" : number < 0 ? "-∞" : "∞" }

    /// The locale's printer writes powers of ten out: `1.0 × 10⁺⁰³` has a no-break space on either side.
    private static func scientific(_ number: Double, _ precision: Int) -> String {
        let text = GoNumber.scientific(number, digits: precision)
        guard let mark = text.firstIndex(of: "e") else { return text }
        let raised: [Character: Character] = [
            "+": "⁺", "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
            "8": "⁸",
            "9": "⁹",
        ]
        let exponent = String(text[text.index(after: mark)...].map { raised[$0] ?? $0 })
        return text[..<mark] + "\u{202F}×\u{202F}10" + exponent
    }

    private static func decimal(_ value: CELValue) throws(CELEvaluationError) -> String {
        switch value {
        case .int(let number): return String(number)
        case .uint(let number): return String(number)
        default: throw refusal("decimal clause can only be used on integers", value)
        }
    }

    private static func binary(_ value: CELValue) throws(CELEvaluationError) -> String {
        switch value {
        case .int(let number): return String(number, radix: 2)
        case .uint(let number): return String(number, radix: 2)
        case .bool(let flag): return flag ? "1" : "0"
        default: throw refusal("only integers and bools can be formatted as binary", value)
        }
    }

    private static func hexadecimal(_ value: CELValue, isUpper: Bool) throws(CELEvaluationError) -> String {
        func hex(_ bytes: some Sequence<UInt8>) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: isUpper) }.joined()
        }
        switch value {
        case .int(let number): return String(number, radix: 16, uppercase: isUpper)
        case .uint(let number): return String(number, radix: 16, uppercase: isUpper)
        case .string(let text): return hex(text.utf8)
        case .bytes(let bytes): return hex(bytes)
        default: throw refusal("only integers, byte buffers, and strings can be formatted as hex", value)
        }
    }

    // MARK: Any value

    private static func string(_ value: CELValue) throws(CELEvaluationError) -> String {
        switch value {
        case .list, .map: return try nested(value)
        case .null: return "null"
        case .type(let type): return type.runtimeName
        case .int, .uint, .double, .bool, .string, .timestamp, .bytes, .duration:
            return try value.converted(to: .string).string()
        case .optional, .object:
            throw refusal(
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, "
                    + "and timestamps", value)
        }
    }

    /// A value inside of a list or map.
    private static func nested(_ value: CELValue) throws(CELEvaluationError) -> String {
        switch value {
        case .string(let text): return GoText.quote(text)
        case .bytes: return "b" + GoText.quote(try string(value))
        case .double(let number):
            return number.isFinite ? GoNumber.fixed(number, digits: defaultPrecision) : "\"\(GoNumber.plain(number))\""
        case .timestamp(let time): return "timestamp(\"\(time.text)\")"
        case .duration(let duration): return "duration(\"\(GoDuration.secondsText(duration))\")"
        case .list(let list):
            var parts: [String] = []
            for item in list.values { parts.append(try nested(item)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .map(let map): return try nested(map)
        case .optional, .object: throw CELEvaluationError("no formatting function for \(value.type.runtimeName)")
        default: return try string(value)
        }
    }

    private static func nested(_ map: CELMap) throws(CELEvaluationError) -> String {
        var pairs: [(key: String, value: String)] = []
        for key in map.keys {
            guard let value = try map.find(key) else { continue }
            pairs.append((try nested(key), try nested(value)))
        }
        pairs.sort { $0.key < $1.key }
        return "{" + pairs.map { "\($0.key):\($0.value)" }.joined(separator: ", ") + "}"
    }
}
