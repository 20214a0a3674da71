package import APIMachinery
package import CEL

/// Built-in types as types of expressions.
extension SchemaType {
    /// - name: of the type that expressions see.
    package func celSchema(name: String) -> CELSchema { celSchema(name, inside: []) }

    /// - inside: the types that this one is a part of; one that has itself as a part ends there.
    private func celSchema(_ name: String, inside: Set<String>) -> CELSchema {
        guard !inside.contains(self.name) else { return CELSchema(.dyn) }
        switch shape {
        case .object, .list, .structure: break
        case .builtin, .wrapper, .union: return CELSchema(.dyn)
        }
        var declared: [String: CELSchema.Field] = [:]
        for field in fields {
            guard let identifier = CELFieldName.escape(field.name) else { continue }
            let schema = Self.schema(of: field.type, "\(name).\(identifier)", inside.union([self.name]))
            declared[identifier] = CELSchema.Field(property: field.name, schema: schema)
        }
        return CELSchema(.object, objectName: name, fields: declared)
    }

    private static func schema(of type: FieldType, _ name: String, _ inside: Set<String>) -> CELSchema {
        switch type {
        case .string: CELSchema(.string)
        case .bool: CELSchema(.bool)
        case .int32, .int64: CELSchema(.int)
        case .double: CELSchema(.double)
        case .bytes: CELSchema(.bytes)
        case .builtin(.time), .builtin(.microTime): CELSchema(.dateTime)
        case .builtin(.duration): CELSchema(.string)
        case .builtin(.quantity), .builtin(.intOrString), .builtin(.rawExtension), .builtin(.fieldsV1),
            .builtin(.json), .any:
            CELSchema(.dyn)
        case .type(let reference): reference.type.celSchema(name, inside: inside)
        case .list(let item): CELSchema(.list, items: schema(of: item, "\(name).@idx", inside))
        case .map(let value): CELSchema(.map, items: schema(of: value, "\(name).@elem", inside))
        }
    }
}

extension CustomSchema {
    /// The type of a custom resource, with all of the metadata that every object has.
    package func celSchema(ofKind kind: String) -> CELSchema {
        guard let own = celSchema(isResource: true, name: kind), own.kind == .object else { return CELSchema(.dyn) }
        var fields = own.fields
        if let metadata = SchemaCatalog.builtin.type("meta/v1.ObjectMeta") {
            fields["metadata"] = CELSchema.Field(
                property: "metadata", schema: metadata.celSchema(name: "\(kind).metadata"))
        }
        return CELSchema(.object, objectName: kind, fields: fields)
    }
}
