internal import APIMachinery
internal import APIRules

/// Writes the schema of a custom resource as an OpenAPI definition.
///
/// OpenAPI v2 cannot say all that a custom resource's schema says, and old clients stumble over some of what it can:
/// that is left out there, as upstream does.
struct CustomDefinitions {
    private let dialect: OpenAPIDialect
    private let info: ResourceInfo

    /// What a schema may say beside its type, parts and extensions.
    private static let plainKeys: Set<String> = [
        "description", "title", "type", "nullable", "default", "example", "externalDocs", "format", "maximum",
        "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
        "uniqueItems", "multipleOf", "enum", "maxProperties", "minProperties", "required",
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations",
    ]

    init(_ dialect: OpenAPIDialect, _ info: ResourceInfo) {
        self.dialect = dialect
        self.info = info
    }

    func object(_ version: CustomVersion) -> (name: String, schema: Value) {
        let source = version.schema.source
        var published: Value = ["type": "object"]
        if dialect == .v3 || source["x-kubernetes-preserve-unknown-fields"]?.boolValue != true {
            published = node(source)
            addTypeMeta(to: &published)
            published[path: "properties", "metadata"] = reference(to: SchemaNames.objectMeta, "Standard object's metadata.")
        }
        published["x-kubernetes-group-version-kind"] = [SchemaNames.value(info.groupVersionKind)]
        let fields = version.selectableFields
        if !fields.isEmpty {
            published["x-kubernetes-selectable-fields"] = .array(fields.map { ["fieldPath": .string($0)] })
        }
        return (SchemaNames.custom(info.groupVersionKind), published)
    }

    func list() -> (name: String, schema: Value) {
        let kind = GroupVersionKind(group: info.group, version: info.version, kind: info.listKind)
        var schema: Value = [
            "type": "object", "description": .string("\(info.listKind) is a list of \(info.kind)"),
            "required": ["items"],
            "properties": [
                "items": [
                    "type": "array", "description": .string("List of \(info.plural)."),
                    "items": dialect.reference(SchemaNames.custom(info.groupVersionKind)),
                ],
                "metadata": reference(to: SchemaNames.listMeta, "Standard list metadata."),
            ],
            "x-kubernetes-group-version-kind": [SchemaNames.value(kind)],
        ]
        addTypeMeta(to: &schema)
        return (SchemaNames.custom(kind), schema)
    }

    private func addTypeMeta(to schema: inout Value) {
        for field in ["apiVersion", "kind"] {
            var property: Value = ["type": "string"]
            property["description"] = FieldDescriptions.text(type: "", isList: false, field: field).map(Value.string)
            schema[path: "properties", field] = property
        }
    }

    private func reference(to type: String, _ description: String) -> Value {
        var extras = Fields()
        extras["description"] = .string(description)
        return dialect.adding(extras, to: dialect.reference(SchemaNames.name(ofType: type)))
    }

    // MARK: Nodes

    private func node(_ source: Value) -> Value {
        var node = Value.emptyObject
        for field in source.objectValue ?? Fields() where Self.plainKeys.contains(field.name) {
            node[field.name] = field.value
        }
        if let items = source["items"] { node["items"] = self.node(items) }
        if case .object(let properties)? = source["properties"] {
            var published = properties
            published.mapValues { _, property in property = self.node(property) }
            node["properties"] = .object(published)
        }
        switch source["additionalProperties"] {
        case .bool(let allows)?: node["additionalProperties"] = .bool(allows)
        case let schema?: node["additionalProperties"] = self.node(schema)
        case nil: break
        }
        switch dialect {
        case .v2: reduce(&node, source)
        case .v3:
            for junction in ["allOf", "anyOf", "oneOf"] {
                guard case .array(let schemas)? = source[junction] else { continue }
                node[junction] = .array(schemas.map(self.node))
            }
            if let not = source["not"] { node["not"] = self.node(not) }
        }
        addEmbedded(to: &node)
        return node
    }

    /// Takes out what kubectl's reading of OpenAPI v2 does not cope with.
    private func reduce(_ node: inout Value, _ source: Value) {
        if node["nullable"]?.boolValue == true {
            // A type that may be null is no type there.
            for key in ["type", "items", "properties"] { node[key] = nil }
        }
        node["nullable"] = nil
        if node["x-kubernetes-preserve-unknown-fields"]?.boolValue == true {
            for key in ["items", "properties"] { node[key] = nil }
            if node["type"] == "object" { node["type"] = nil }
        }
        if node["type"] == "array", node["items"] == nil { node["type"] = nil }
        if source[path: "additionalProperties", "nullable"]?.boolValue == true { node["required"] = nil }
        guard case .array(let required)? = node["required"] else { return }
        let left = required.filter { name in
            source["properties"]?[name.stringValue ?? ""]?["nullable"]?.boolValue != true
        }
        node["required"] = left.isEmpty ? nil : .array(left)
    }

    private func addEmbedded(to node: inout Value) {
        guard node["x-kubernetes-embedded-resource"]?.boolValue == true else { return }
        if dialect == .v2, node["x-kubernetes-preserve-unknown-fields"]?.boolValue == true { return }
        addTypeMeta(to: &node)
        node[path: "properties", "metadata"] = reference(to: SchemaNames.objectMeta, "Standard object's metadata.")
        var required = node["required"]?.arrayValue ?? []
        for name in ["kind", "apiVersion"] where !required.contains(.string(name)) { required.append(.string(name)) }
        node["required"] = .array(required)
    }
}
