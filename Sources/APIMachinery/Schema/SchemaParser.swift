/// Makes the types of one package from its table text.
///
/// A row that begins with `=` starts a type (name, shape, protobuf name, merge); its fields follow: name, type, number,
/// presence, JSON, required, merge, patch, default, value set. `.Name` is a type of the same package.
struct SchemaParser {
    let package: SchemaPackage
    let valueSets: [String: [String]]
    let resolve: @Sendable (String) -> SchemaType

    func parse(_ text: StaticString) -> [String: SchemaType] {
        var heads: [TableText.Row] = []
        var fields: [String: [TableText.Row]] = [:]
        for row in TableText(text) {
            if row[0].hasPrefix("=") {
                heads.append(row)
                fields[name(of: row)] = []
            } else if let head = heads.last {
                fields[name(of: head), default: []].append(row)
            }
        }
        var types: [String: SchemaType] = [:]
        for head in heads {
            let name = name(of: head)
            types[name] = SchemaType(
                name: name, shape: shape(head[1]),
                protobufName: head[2] == "*" ? "\(package.protobufPackage).\(head[0].dropFirst())" : head[2],
                isAtomic: head[3] == "atomic", fields: spread(name, fields, inlinePath: []))
        }
        return types
    }

    private func name(of head: TableText.Row) -> String { "\(package.name).\(head[0].dropFirst())" }

    private func shape(_ text: String) -> SchemaType.Shape {
        switch text {
        case "object": .object
        case "list": .list
        case "builtin": .builtin
        case "wrapper": .wrapper
        case "union": .union
        default: .structure
        }
    }

    /// The fields of a type, with those of inlined structs in their place.
    private func spread(
        _ type: String, _ rows: [String: [TableText.Row]], inlinePath: [Int]
    ) -> [SchemaField] {
        guard let own = rows[type] else { return foreign(type, inlinePath) }
        return own.flatMap { row -> [SchemaField] in
            guard row[4] == "inline" else { return [field(row, inlinePath)] }
            guard row[0] != "TypeMeta" else { return SchemaParser.typeMeta }
            return spread(expanded(row[1]), rows, inlinePath: inlinePath + [Int(row[2]) ?? 0])
        }
    }

    /// The fields of an inlined struct of another package.
    private func foreign(_ type: String, _ inlinePath: [Int]) -> [SchemaField] {
        resolve(type).fields.map { field in
            SchemaField(
                name: field.name, type: field.type, number: field.number, inlinePath: inlinePath + field.inlinePath,
                presence: field.presence, emission: field.emission, isRequired: field.isRequired, merge: field.merge,
                patch: field.patch, defaultValue: field.defaultValue, allowedValues: field.allowedValues)
        }
    }

    /// In protobuf the envelope has them.
    private static let typeMeta = ["apiVersion", "kind"].map {
        SchemaField(name: $0, type: .string, presence: .value)
    }

    private func field(_ row: TableText.Row, _ inlinePath: [Int]) -> SchemaField {
        SchemaField(
            name: row[0], type: fieldType(row[1]), number: Int(row[2]) ?? 0, inlinePath: inlinePath,
            presence: presence(row[3]), emission: emission(row[4]), isRequired: row[5] == "r", merge: merge(row[6]),
            patch: patch(row[7]), defaultValue: defaultValue(row[8]), allowedValues: valueSets[row[9]])
    }

    private func expanded(_ type: String) -> String { type.hasPrefix(".") ? package.name + type : type }

    private func fieldType(_ text: String) -> FieldType {
        switch text {
        case "string": return .string
        case "bool": return .bool
        case "int32": return .int32
        case "int64": return .int64
        case "double": return .double
        case "bytes": return .bytes
        case "any": return .any
        default: break
        }
        if text.hasPrefix("list<") { return .list(fieldType(String(text.dropFirst(5).dropLast()))) }
        if text.hasPrefix("map<string,") { return .map(fieldType(String(text.dropFirst(11).dropLast()))) }
        if let builtin = BuiltinType(rawValue: text) { return .builtin(builtin) }
        return .type(TypeReference(name: expanded(text), resolve: resolve))
    }

    private func presence(_ text: String) -> SchemaField.Presence {
        switch text {
        case "v": .value
        case "l": .list
        case "m": .map
        default: .pointer
        }
    }

    private func emission(_ text: String) -> SchemaField.JSONEmission {
        switch text {
        case "always": .always
        case "omitempty": .omitEmpty
        case "-": .never
        default: .omitZero
        }
    }

    private func merge(_ text: String) -> SchemaField.Merge {
        switch text {
        case "": .unspecified
        case "atomic": .atomic
        case "set": .set
        case "granular": .granular
        default: .map(keys: text.dropFirst(4).dropLast().split(separator: ",").map(String.init))
        }
    }

    /// `merge,retainKeys;name`
    private func patch(_ text: String) -> SchemaField.PatchStrategy {
        guard !text.isEmpty else { return SchemaField.PatchStrategy() }
        let parts = text.split(separator: ";")
        let strategies = parts[0].split(separator: ",")
        return SchemaField.PatchStrategy(
            merge: strategies.contains("merge"), replace: strategies.contains("replace"),
            retainKeys: strategies.contains("retainKeys"), mergeKey: parts.count > 1 ? String(parts[1]) : nil)
    }

    private func defaultValue(_ text: String) -> Value? {
        guard !text.isEmpty else { return nil }
        do {
            return try Value(json: text)
        } catch {
            preconditionFailure("the tables have a default that is no JSON: \(text)")
        }
    }
}
