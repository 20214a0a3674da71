/// The field that a rule's error is about, below the value that the rule is of: `.spec.size`, `.labels['app']`.
enum RuleFieldPath {
    /// The path as errors write it; nil where the schema has no such field.
    static func normalized(_ path: String, in schema: CustomSchema) -> String? {
        var schema = schema
        var result = ""
        var rest = path[...]
        while !rest.isEmpty {
            guard let name = takeName(&rest) else { return nil }
            if !schema.properties.isEmpty {
                guard let property = schema.property(name) else { return nil }
                result += result.isEmpty ? name : ".\(name)"
                schema = property
            } else if case .schema(let values) = schema.additional {
                result += "[\(name)]"
                schema = values
            } else {
                return nil
            }
        }
        return result.isEmpty ? nil : result
    }

    private static func takeName(_ rest: inout Substring) -> String? {
        if rest.hasPrefix(".") {
            let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" && $0 != "]" }
            rest = rest.dropFirst(1 + name.count)
            return name.isEmpty ? nil : String(name)
        }
        guard rest.hasPrefix("['") else { return nil }
        rest = rest.dropFirst(2)
        var name = ""
        while let character = rest.popFirst() {
            switch character {
            case "'":
                guard rest.popFirst() == "]" else { return nil }
                return name
            case "\\":
                guard let letter = rest.popFirst(), let meant = escapes[letter] else { return nil }
                name.append(meant)
            default: name.append(character)
            }
        }
        return nil
    }

    private static let escapes: [Character: Character] = [
        "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{0B}", "'": "'",
        "\\": "\\",
    ]
}
