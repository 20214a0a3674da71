/// Names of properties as identifiers, which may neither be reserved words nor have `-`, `.` or `/`.
package enum CELFieldName {
    /// Upstream's list; `namespace` is the one that hurts.
    package static let reserved: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    /// `nil` for a property that no expression can name.
    package static func escape(_ property: String) -> String? {
        guard let first = property.unicodeScalars.first, !first.isDigit else { return nil }
        if reserved.contains(property) { return "__\(property)__" }
        var text = String.UnicodeScalarView()
        var rest = Array(property.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case ".": text.append(contentsOf: "__dot__".unicodeScalars)
            case "-": text.append(contentsOf: "__dash__".unicodeScalars)
            case "/": text.append(contentsOf: "__slash__".unicodeScalars)
            case "_" where rest.first == "_":
                rest = rest.dropFirst()
                text.append(contentsOf: "__underscores__".unicodeScalars)
            default:
                guard scalar.isWord else { return nil }
                text.append(scalar)
            }
        }
        return String(text)
    }
}
