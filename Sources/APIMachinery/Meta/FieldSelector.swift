/// Conditions on fields, all of which must hold: `metadata.name=a,status.phase!=Running`.
package struct FieldSelector: Sendable, Hashable, CustomStringConvertible {
    package struct Requirement: Sendable, Hashable {
        package var field: String
        package var isNegated: Bool
        package var value: String

        package init(field: String, isNegated: Bool = false, value: String) {
            self.field = field
            self.isNegated = isNegated
            self.value = value
        }

        package func matches(_ actual: String) -> Bool { (actual == value) != isNegated }

        package var text: String { field + (isNegated ? "!=" : "=") + FieldSelector.escaped(value) }
    }

    package var requirements: [Requirement]

    package static let everything = FieldSelector([])

    package init(_ requirements: [Requirement]) { self.requirements = requirements }

    /// Reads `=`, `==` and `!=`; a backslash goes before `\`, `,` and `=` in values.
    package init(parsing text: String) throws(SelectorError) {
        requirements = []
        for term in FieldSelector.terms(text).sorted() where !term.isEmpty {
            guard let requirement = try FieldSelector.requirement(term) else {
                throw SelectorError("invalid selector: '\(text)'; can't understand '\(term)'")
            }
            requirements.append(requirement)
        }
    }

    package var isEverything: Bool { requirements.isEmpty }

    /// A field that the object does not have is looked up as the empty text.
    package func matches(lookup: (String) -> String) -> Bool {
        requirements.allSatisfy { $0.matches(lookup($0.field)) }
    }

    /// The one value that the field must have, if there is one.
    package func exactValue(of field: String) -> String? {
        requirements.first { $0.field == field && !$0.isNegated }?.value
    }

    package var text: String { requirements.map(\.text).joined(separator: ",") }
    package var description: String { text }

    /// The value as a selector carries it.
    package static func escaped(_ value: String) -> String {
        // By scalars: a backslash before a combining mark is no character of its own, but has to be escaped as well.
        guard value.unicodeScalars.contains(where: { $0 == "\\" || $0 == "," || $0 == "=" }) else { return value }
        var text = ""
        for character in value.unicodeScalars {
            if character == "\\" || character == "," || character == "=" { text.append("\\") }
            text.unicodeScalars.append(character)
        }
        return text
    }

    /// Cuts at commas that no backslash precedes.
    private static func terms(_ text: String) -> [String] {
        var terms: [String] = []
        var term = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            if character == ",", !isEscaped {
                terms.append(term)
                term = ""
            } else {
                term.unicodeScalars.append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return terms + [term]
    }

    /// Cuts at the first operator.
    private static func requirement(_ term: String) throws(SelectorError) -> Requirement? {
        let scalars = term.unicodeScalars
        for index in scalars.indices {
            let rest = scalars[index...]
            let isNegated = rest.starts(with: "!=".unicodeScalars)
            guard isNegated || rest.first == "=" else { continue }
            let length = isNegated || rest.starts(with: "==".unicodeScalars) ? 2 : 1
            let value = try unescaped(String(String.UnicodeScalarView(rest.dropFirst(length))))
            return Requirement(
                field: String(String.UnicodeScalarView(scalars[..<index])), isNegated: isNegated, value: value)
        }
        return nil
    }

    private static func unescaped(_ text: String) throws(SelectorError) -> String {
        var value = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            let isSpecial = character == "\\" || character == "," || character == "="
            if isEscaped {
                guard isSpecial else {
                    throw SelectorError("invalid field selector: invalid escape sequence: \\\(character)")
                }
                value.unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if isSpecial {
                throw SelectorError("invalid field selector: unescaped character in value: \(character.value)")
            } else {
                value.unicodeScalars.append(character)
            }
        }
        if isEscaped { throw SelectorError("invalid field selector: invalid escape sequence: \\") }
        return value
    }
}
