extension CELValue {
    /// How the value appears in error messages: a string bare, everything else as Go prints upstream's values.
    package var text: String {
        switch self {
        case .string(let value): value
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): GoNumber.general(value)
        case .bool(let value): String(value)
        case .null: "null"
        case .type(let type): type.runtimeName
        default: literal
        }
    }

    /// As an expression would write the value.
    var literal: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): "\(value)u"
        case .double(let value):
            value == value.rounded() && value.magnitude < 1e21 ? GoNumber.plain(value) + ".0" : GoNumber.general(value)
        case .string(let value): GoQuote.quote(value)
        case .bytes(let value): "b\"" + value.map { "\\" + GoQuote.octal($0) }.joined() + "\""
        case .timestamp(let value): "timestamp(\"\(value.text)\")"
        case .duration(let value): "duration(\"\(GoDuration.secondsText(value))\")"
        case .list(let list): "[" + list.values.map(\.literal).joined(separator: ", ") + "]"
        case .map(let map): "{" + map.entries.map { "\($0.literal): \($1.literal)" }.joined(separator: ", ") + "}"
        case .type(let type): type.runtimeName
        case .optional(let optional): optional.value.map { "optional(\($0.text))" } ?? "optional.none()"
        case .object(let object): object.text
        }
    }
}

extension CELMap {
    /// What can be had without a failing computation.
    var entries: [(CELValue, CELValue)] {
        keys.compactMap { key in
            // An entry that cannot be computed has no text.
            (try? find(key)).map { (key, $0) }
        }
    }
}

/// Go's quoting of strings.
enum GoQuote {
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{07}": quoted += "\\a"
            case "\u{08}": quoted += "\\b"
            case "\u{0C}": quoted += "\\f"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0B}": quoted += "\\v"
            default: quoted += escaped(scalar)
            }
        }
        return quoted + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            break
        case .spaceSeparator where scalar != " ": break
        default: return String(Character(scalar))
        }
        let digits = String(scalar.value, radix: 16)
        if scalar.value < 0x80 { return "\\x" + String(repeating: "0", count: 2 - digits.utf8.count) + digits }
        if scalar.value < 0x10000 { return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits }
        return "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    static func octal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 8)
        return String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
}
