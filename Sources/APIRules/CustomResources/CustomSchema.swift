package import APIMachinery

/// A schema that a CustomResourceDefinition gives for its objects, or a part of one.
///
/// Read once from `openAPIV3Schema`; pruning, defaulting, validation, apply and OpenAPI all go by it. Immutable.
package final class CustomSchema: Sendable {
    package enum Additional: Sendable {
        case unspecified
        case allowed(Bool)
        case schema(CustomSchema)
    }

    package enum ListType: String, Sendable {
        case atomic, set, map
    }

    package struct Property: Sendable {
        package let name: String
        package let schema: CustomSchema
    }

    /// As it stands in the definition.
    package let source: Value
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`, or empty when nothing is said.
    package let type: String
    package let isNullable: Bool
    /// Sorted by name.
    package let properties: [Property]
    package let additional: Additional
    package let items: CustomSchema?
    package let defaultValue: Value?
    package let preservesUnknownFields: Bool
    package let isEmbeddedResource: Bool
    package let isIntOrString: Bool
    package let listType: ListType?
    package let listMapKeys: [String]
    package let isMapAtomic: Bool
    package let required: [String]
    package let enumeration: [Value]?
    package let format: String
    let pattern: CustomPattern?
    package let allOf: [CustomSchema]
    package let anyOf: [CustomSchema]
    package let oneOf: [CustomSchema]
    package let not: CustomSchema?
    /// Whether something is defaulted here or below.
    package let hasDefaults: Bool

    package init(_ source: Value) {
        func flag(_ name: String) -> Bool { source[name]?.boolValue ?? false }
        func texts(_ name: String) -> [String] { (source[name]?.arrayValue ?? []).compactMap(\.stringValue) }
        func schemas(_ name: String) -> [CustomSchema] { (source[name]?.arrayValue ?? []).map(CustomSchema.init) }
        self.source = source
        type = source["type"]?.stringValue ?? ""
        isNullable = flag("nullable")
        properties = (source["properties"]?.objectValue ?? Fields()).map {
            Property(name: $0.name, schema: CustomSchema($0.value))
        }
        switch source["additionalProperties"] {
        case nil: additional = .unspecified
        case .bool(let allows)?: additional = .allowed(allows)
        case let schema?: additional = .schema(CustomSchema(schema))
        }
        items = source["items"].flatMap { $0.objectValue == nil ? nil : CustomSchema($0) }
        defaultValue = source["default"].flatMap { $0.isNull ? nil : $0 }
        preservesUnknownFields = flag("x-kubernetes-preserve-unknown-fields")
        isEmbeddedResource = flag("x-kubernetes-embedded-resource")
        isIntOrString = flag("x-kubernetes-int-or-string")
        listType = (source["x-kubernetes-list-type"]?.stringValue).flatMap(ListType.init)
        listMapKeys = texts("x-kubernetes-list-map-keys")
        isMapAtomic = source["x-kubernetes-map-type"] == "atomic"
        required = texts("required")
        enumeration = source["enum"]?.arrayValue
        format = source["format"]?.stringValue ?? ""
        pattern = (source["pattern"]?.stringValue).flatMap { $0.isEmpty ? nil : CustomPattern($0) }
        allOf = schemas("allOf")
        anyOf = schemas("anyOf")
        oneOf = schemas("oneOf")
        not = source["not"].map(CustomSchema.init)
        var below = properties.map(\.schema.hasDefaults)
        if case .schema(let schema) = additional { below.append(schema.hasDefaults) }
        hasDefaults = defaultValue != nil || items?.hasDefaults == true || below.contains(true)
    }

    /// The schema of a named property.
    package func property(_ name: String) -> CustomSchema? {
        var low = 0
        var high = properties.count
        while low < high {
            let middle = (low + high) / 2
            if properties[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < properties.count && properties[low].name == name ? properties[low].schema : nil
    }

    /// The schema of a field, named or not.
    package func member(_ name: String) -> CustomSchema? {
        if let schema = property(name) { return schema }
        if case .schema(let schema) = additional { return schema }
        return nil
    }
}
