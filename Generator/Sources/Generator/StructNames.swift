/// What types and fields are called in Swift.
struct StructNames {
    /// Types of these packages keep their names.
    private static let first = ["core/v1", "meta/v1"]
    /// Names that are taken in the module below.
    private static let taken: Set = [
        "StatusCause", "GroupVersionKind", "GroupVersionResource", "GroupResource", "IPAddress",
    ]

    private var names: [String: String] = [:]

    /// A name that several packages have stays with core and meta; else with the one that is a kind of its own;
    /// all others get the group in front.
    init(_ types: [Tables.Message]) {
        for (bare, sharing) in Dictionary(grouping: types, by: \.bareName) {
            let owners =
                StructNames.taken.contains(bare) ? []
                : sharing.count == 1
                    ? sharing
                    : [
                        sharing.filter { StructNames.first.contains($0.package) },
                        sharing.filter { $0.shape == "object" },
                    ].first { $0.count == 1 } ?? []
            for type in sharing {
                names[type.name] =
                    owners.contains { $0.name == type.name }
                    ? bare : StructNames.capitalised(String(type.package.prefix { $0 != "/" })) + bare
            }
        }
    }

    func name(_ type: String) -> String {
        guard let name = names[type] else { fatalError("\(type) is not among the chosen types") }
        return name
    }

    /// A field's name: as in JSON, without a leading dollar, dashes turned into humps.
    static func property(_ field: String) -> String {
        let words = field.drop { $0 == "$" }.split(separator: "-").map(String.init)
        let name = words[0] + words.dropFirst().map(capitalised).joined()
        return keywords.contains(name) ? "`\(name)`" : name
    }

    static func capitalised(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    private static let keywords: Set = [
        "as", "break", "case", "class", "continue", "default", "defer", "do", "else", "enum", "extension", "false",
        "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator",
        "private", "protocol", "public", "repeat", "return", "self", "static", "struct", "subscript", "super",
        "switch", "throw", "throws", "true", "try", "var", "where", "while",
    ]
}
