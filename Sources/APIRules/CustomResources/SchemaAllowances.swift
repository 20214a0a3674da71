internal import APIMachinery

/// What a schema may keep because the definition had the like of it before there was a rule.
struct SchemaAllowances {
    /// Defaults with fields that the schema does not have.
    private(set) var allowsUnprunedDefaults = false
    /// Sets whose items can be changed in part.
    private(set) var allowsGranularSets = false
    /// Items of sets and maps that may be null, or may lack a key.
    private(set) var allowsLooseItems = false
    /// Rules of any cost, each by itself.
    private(set) var allowsCostlyRules = false

    init() {}

    /// - unchanged: whether the schema is the one that the version had.
    init(_ old: Value, unchanged: Bool) {
        allowsCostlyRules = unchanged
        for version in old[path: "spec", "versions"]?.arrayValue ?? [] {
            guard let schema = version[path: "schema", "openAPIV3Schema"], !schema.isNull else { continue }
            if DefaultRules.hasUnpruned(CustomSchema(schema)) { allowsUnprunedDefaults = true }
            for part in Self.parts(of: schema) {
                if !ListTypeRules.checkSet(part, at: "").isEmpty { allowsGranularSets = true }
                if !ListTypeRules.checkItems(part, at: "").isEmpty { allowsLooseItems = true }
            }
        }
    }

    /// A schema and all schemas inside of it.
    private static func parts(of schema: Value) -> [Value] {
        var inner = (schema["properties"]?.objectValue?.elements ?? []).map(\.value)
        for name in ["allOf", "anyOf", "oneOf"] { inner += schema[name]?.arrayValue ?? [] }
        for name in ["items", "additionalProperties", "not"] {
            if let part = schema[name], part.objectValue != nil { inner.append(part) }
        }
        return [schema] + inner.flatMap { parts(of: $0) }
    }
}
