/// Texts that clients compare with upstream's, which Go formats.
package enum GoText {
    /// The type into which Go's `encoding/json` decodes a value; `null` has none.
    package static func typeName(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .bool: "bool"
        case .integer: "int64"
        case .double: "float64"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }

    /// Go's `%q`: in double quotes, with escapes (`strconv.Quote`).
    package static func quote(_ text: String) -> String {
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
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default: quoted += escaped(scalar)
            }
        }
        return quoted + "\""
    }

    /// Go's `%q` of a list: `["a" "b"]`.
    package static func quote(_ texts: [String]) -> String { "[" + texts.map(quote).joined(separator: " ") + "]" }

    /// A character beyond ASCII as it is, if it can be printed.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            break
        case _: return String(Character(scalar))
        }
        let digits = String(scalar.value, radix: 16)
        if scalar.value < 0x80 { return "\\x" + String(repeating: "0", count: 2 - digits.utf8.count) + digits }
        if scalar.value < 0x10000 { return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits }
        return "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
