internal import APIMachinery

/// Defaults must be values that the schema itself would accept and keep.
enum DefaultRules {
    static func validate(
        _ schema: CustomSchema, mustBePruned: Bool, isRoot: Bool = false, at path: String
    ) -> [FieldError] {
        var errors: [FieldError] = []
        if let value = schema.defaultValue {
            let place = "\(path).default"
            if mustBePruned, pruned(value, by: schema) != value {
                errors.append(.invalid(place, value, "must not have unknown fields"))
            }
            let faults = schema.validate(value, path: place)
            errors += faults.isEmpty ? broken(value, schema, isRoot: isRoot, at: place) : faults
        }
        if let items = schema.items {
            errors += validate(items, mustBePruned: mustBePruned, at: "\(path).items")
        }
        for property in schema.properties {
            errors += validate(property.schema, mustBePruned: mustBePruned, at: "\(path).properties[\(property.name)]")
        }
        return errors
    }

    /// The schema's rules that the default breaks, as the value of a new object and as one that stays as it is.
    private static func broken(
        _ value: Value, _ schema: CustomSchema, isRoot: Bool, at path: String
    ) -> [FieldError] {
        guard let rules = RuleTree(schema, isResource: isRoot || schema.isEmbeddedResource) else { return [] }
        let kept = rules.validate(value, old: value, at: path, others: [])
        return kept + rules.validate(value, at: path, others: []).filter { !kept.contains($0) }
    }

    private static func pruned(_ value: Value, by schema: CustomSchema) -> Value {
        guard !schema.preservesUnknownFields, schema.type == "object", !schema.isEmbeddedResource else { return value }
        // Only what lies below counts: the value itself is no whole object.
        var holder: Value = ["value": value]
        let around = CustomSchema(["type": "object", "properties": ["value": schema.source]])
        return around.prune(&holder).isEmpty ? value : holder["value"] ?? value
    }

    /// Whether a default here or below has fields that the schema does not.
    static func hasUnpruned(_ schema: CustomSchema) -> Bool {
        guard schema.hasDefaults else { return false }
        if let value = schema.defaultValue, pruned(value, by: schema) != value { return true }
        return schema.items.map(hasUnpruned) == true || schema.properties.contains { hasUnpruned($0.schema) }
    }
}
