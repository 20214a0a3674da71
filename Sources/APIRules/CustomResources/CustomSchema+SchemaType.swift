package import APIMachinery

extension CustomSchema {
    /// The type by which server-side apply and field tracking see objects of the kind.
    package func schemaType(kind: GroupVersionKind) -> SchemaType {
        structure("\(kind)", isResource: true)
    }

    private func structure(_ name: String, isResource: Bool) -> SchemaType {
        var fields = properties.map { property in
            SchemaField(
                name: property.name, type: property.schema.fieldType("\(name).\(property.name)"),
                merge: property.schema.merge, defaultValue: property.schema.defaultValue)
        }
        if isResource {
            fields.removeAll { ["apiVersion", "kind", "metadata"].contains($0.name) }
            fields.append(SchemaField(name: "apiVersion", type: .string))
            fields.append(SchemaField(name: "kind", type: .string))
            if let metadata = SchemaCatalog.builtin.type("meta/v1.ObjectMeta") {
                fields.append(SchemaField(name: "metadata", type: .type(TypeReference(metadata))))
            }
        }
        return SchemaType(
            name: name, shape: .structure, isAtomic: isMapAtomic, fields: fields,
            preservesUnknownFields: preservesUnknownFields)
    }

    private func fieldType(_ name: String) -> FieldType {
        if isIntOrString { return .builtin(.intOrString) }
        switch type {
        case "string": return .string
        case "boolean": return .bool
        case "integer": return .int64
        case "number": return .double
        case "array": return .list(items?.fieldType("\(name)[]") ?? .any)
        case "object":
            if case .schema(let schema) = additional { return .map(schema.fieldType("\(name){}")) }
            guard !properties.isEmpty || isEmbeddedResource else { return .any }
            return .type(TypeReference(structure(name, isResource: isEmbeddedResource)))
        case _: return .any
        }
    }

    private var merge: SchemaField.Merge {
        switch listType {
        case .set?: .set
        case .map?: .map(keys: listMapKeys)
        case .atomic?: .atomic
        case nil: isMapAtomic ? .atomic : .unspecified
        }
    }
}
