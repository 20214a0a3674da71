/// All names that JSON has for fields, sorted; a name's id is its line.
struct FieldNameList {
    let names: [String]
    private let ids: [String: Int]

    init(_ tables: Tables) {
        var all: Set = ["apiVersion", "kind", "metadata", "items"]
        for message in tables.messages {
            for field in message.fields where field.json != "inline" && field.json != "-" { all.insert(field.name) }
        }
        names = all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        ids = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0 + 1) })
    }

    func id(of name: String) -> Int {
        guard let id = ids[name] else { fatalError("field \(name) has no id") }
        return id
    }

    var source: String {
        """
        /// The field names of the API, one a line, sorted. A decoder knows a name by the number of its line.
        package enum FieldNames {
            package static let text: StaticString = \"\"\"

        """ + names.map { "        \($0)\n" }.joined() + """
                \"\"\"
        }

        """
    }
}
