internal import APIMachinery

/// Defaults must be values that the schema itself would accept and keep.
enum DefaultRules {
    static func validate(_ schema: CustomSchema, at path: String) -> [FieldError] {
        var errors: [FieldError] = []
        if let value = schema.defaultValue {
            let place = "\(path).default"
            var pruned = value
            if !schema.preservesUnknownFields, schema.type == "object", !schema.isEmbeddedResource {
                // Only what lies below counts: the value itself is no whole object.
                var holder: Value = ["value": value]
                let around = CustomSchema(["type": "object", "properties": ["value": schema.source]])
                if !around.prune(&holder).isEmpty { pruned = holder["value"] ?? value }
            }
            if pruned != value {
                errors.append(.invalid(place, value, "must not have unknown fields"))
            }
            errors += schema.validate(value, path: place)
        }
        if let items = schema.items { errors += validate(items, at: "\(path).items") }
        for property in schema.properties {
            errors += validate(property.schema, at: "\(path).properties[\(property.name)]")
        }
        return errors
    }
}
