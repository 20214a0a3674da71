/// Texts that clients compare with upstream's, which Go formats.
package enum GoText {
    /// Go's `%q`: in double quotes, with escapes.
    package static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    /// Go's `%q` of a list: `["a" "b"]`.
    package static func quote(_ texts: [String]) -> String { "[" + texts.map(quote).joined(separator: " ") + "]" }
}
