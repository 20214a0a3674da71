/// The path of a selectable field: names after dots, each of which the schema has.
enum SelectablePath {
    case field([String], CustomSchema)
    case wrong(String)

    static func find(_ path: String, in schema: CustomSchema) -> SelectablePath {
        var (schema, names, rest) = (schema, [String](), path[...])
        while let sign = rest.first {
            if sign == "[" { return .wrong("array notation is not allowed") }
            guard sign == "." else { return .wrong("expected [ or . but got: \(token(&rest))") }
            rest.removeFirst()
            guard !rest.isEmpty else { return .wrong("unexpected end of JSON path") }
            let name = token(&rest)
            if !schema.properties.isEmpty {
                guard let property = schema.property(name) else { return .wrong(missing) }
                schema = property
            } else if case .schema(let values) = schema.additional {
                schema = values
            } else {
                return .wrong(missing)
            }
            names.append(name)
        }
        return .field(names, schema)
    }

    private static let missing = "does not refer to a valid field"

    /// A sign that parts names, or what is up to the next one.
    private static func token(_ rest: inout Substring) -> String {
        let isSign = { (character: Character) in ".[]".contains(character) }
        let length = rest.first.map(isSign) == true ? 1 : rest.prefix { !isSign($0) }.count
        defer { rest.removeFirst(length) }
        return String(rest.prefix(length))
    }
}
