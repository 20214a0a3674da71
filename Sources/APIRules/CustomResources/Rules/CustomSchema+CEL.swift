internal import APIMachinery
package import CEL

/// Schemas as types of expressions, with upstream's guesses of how large values can get in one request.
extension CustomSchema {
    /// The largest request, in bytes, as upstream assumes it for guesses.
    private static let requestMax: Int64 = 3 * 1024 * 1024

    /// The type of a value, nil for what expressions may not see. `name` is that of the type, should it be an object.
    package func celSchema(isResource: Bool, name: String) -> CELSchema? {
        if isIntOrString {
            let length = maximum("maxLength").map { $0 * 4 } ?? Self.requestMax - 2
            return CELSchema(.dyn, isNullable: isNullable, maxElements: length, minSize: 1)
        }
        switch type {
        case "array": return celList(name)
        case "object": return celObject(isResource: isResource, name)
        case "string": return celText
        case "boolean": return CELSchema(.bool, isNullable: isNullable, minSize: 4)
        case "number": return CELSchema(.double, isNullable: isNullable, minSize: 1)
        case "integer": return CELSchema(.int, isNullable: isNullable, minSize: 1)
        default: return nil
        }
    }

    private func maximum(_ name: String) -> Int64? { (source[name]?.integerValue).map { max($0, 0) } }

    private func celList(_ name: String) -> CELSchema? {
        guard let items, let item = items.celSchema(isResource: items.isEmbeddedResource, name: "\(name).@idx") else {
            return nil
        }
        let merging: CELSchema.ListMerging =
            switch listType {
            case .set?: .set
            case .map?: .map(listMapKeys.map { CELFieldName.escape($0) ?? $0 })
            case .atomic?, nil: .atomic
            }
        return CELSchema(
            .list, items: item, listMerging: merging, isNullable: isNullable,
            maxElements: maximum("maxItems") ?? (Self.requestMax - 2) / (item.minSize + 1), minSize: 2)
    }

    private func celObject(isResource: Bool, _ name: String) -> CELSchema? {
        if case .schema(let values) = additional {
            guard let value = values.celSchema(isResource: values.isEmbeddedResource, name: "\(name).@elem") else {
                return nil
            }
            return CELSchema(
                .map, items: value, isNullable: isNullable,
                maxElements: maximum("maxProperties") ?? (Self.requestMax - 2) / (value.minSize + 6), minSize: 2)
        }
        var fields: [String: CELSchema.Field] = [:]
        var minSize: Int64 = 2
        for property in isResource ? propertiesOfResource : properties {
            guard let identifier = CELFieldName.escape(property.name),
                let field = property.schema.celSchema(
                    isResource: property.schema.isEmbeddedResource, name: "\(name).\(identifier)")
            else { continue }
            fields[identifier] = CELSchema.Field(property: property.name, schema: field)
            if required.contains(property.name), property.schema.defaultValue == nil {
                minSize += Int64(property.name.utf8.count) + field.minSize + 4
            }
        }
        return CELSchema(.object, objectName: name, fields: fields, isNullable: isNullable, minSize: minSize)
    }

    /// What every object has, whether its schema says so or not; of the metadata only the names.
    private var propertiesOfResource: [Property] {
        let text = CustomSchema(["type": "string"])
        let metadata = CustomSchema([
            "type": "object", "properties": ["generateName": ["type": "string"], "name": ["type": "string"]],
        ])
        let known = ["apiVersion", "kind", "metadata"]
        return properties.filter { !known.contains($0.name) } + [
            Property(name: "apiVersion", schema: text), Property(name: "kind", schema: text),
            Property(name: "metadata", schema: metadata),
        ]
    }

    private var celText: CELSchema {
        switch format {
        case "byte":
            CELSchema(
                .bytes, isNullable: isNullable, maxElements: maximum("maxLength") ?? Self.requestMax - 2, minSize: 2)
        case "duration": CELSchema(.duration, isNullable: isNullable, maxElements: 32, minSize: 3)
        case "date": CELSchema(.date, isNullable: isNullable, maxElements: 12, minSize: 12)
        case "date-time": CELSchema(.dateTime, isNullable: isNullable, maxElements: 32, minSize: 21)
        default: CELSchema(.string, isNullable: isNullable, maxElements: textMax, minSize: 2)
        }
    }

    /// In bytes: a character may have four of them.
    private var textMax: Int64 {
        if let length = maximum("maxLength") { return length * 4 }
        guard let enumeration, !enumeration.isEmpty else { return Self.requestMax - 2 }
        return Int64(enumeration.compactMap { $0.stringValue?.utf8.count }.max() ?? 0)
    }
}
