package import APIMachinery

/// Writes types of the API tables as OpenAPI schemas.
package struct BuiltinDefinitions {
    let dialect: OpenAPIDialect
    private let catalog = SchemaCatalog.builtin

    package init(_ dialect: OpenAPIDialect) { self.dialect = dialect }

    /// A type that documents define: one of the tables, or one with a form of its own.
    private enum Node: Hashable {
        case type(String)
        case builtin(BuiltinType)
    }

    /// The schemas of the types and of all that they refer to, each once, by name.
    package func definitions(of types: some Sequence<String>) -> [(name: String, schema: Value)] {
        var open = types.map(Node.type)
        var seen = Set(open)
        var definitions: [(name: String, schema: Value)] = []
        while let node = open.popLast() {
            switch node {
            case .builtin(let builtin): definitions.append((SchemaNames.name(of: builtin), schema(builtin)))
            case .type(let name):
                guard let type = catalog.type(name) else { continue }
                definitions.append((SchemaNames.name(ofType: name), schema(type)))
                // What a union may be is not published.
                guard type.shape != .union else { continue }
                for field in type.fields where field.emission != .never {
                    guard let next = Self.node(field.type), seen.insert(next).inserted else { continue }
                    open.append(next)
                }
            }
        }
        return definitions.sorted { $0.name < $1.name }
    }

    private static func node(_ type: FieldType) -> Node? {
        switch type {
        case .string, .bool, .int32, .int64, .double, .bytes, .any: nil
        case .builtin(let builtin): .builtin(builtin)
        case .list(let element), .map(let element): node(element)
        case .type(let reference):
            // A list under a name is written where it is used.
            reference.type.shape == .wrapper
                ? reference.type.fields.first.flatMap { node($0.type) } : .type(reference.name)
        }
    }

    // MARK: Types

    private func schema(_ type: SchemaType) -> Value {
        if type.shape == .union || type.shape == .builtin { return [:] }
        var schema: Value = ["type": "object"]
        let fields = type.fields.filter { $0.emission != .never }
        if !fields.isEmpty {
            schema["properties"] = .object(
                Fields(sorted: fields.map { Fields.Element(name: $0.name, value: property($0, of: type)) }))
        }
        let required = fields.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if type.isAtomic { schema["x-kubernetes-map-type"] = "atomic" }
        if type.shape == .object || type.shape == .list {
            let kinds = kinds(of: type)
            if !kinds.isEmpty { schema["x-kubernetes-group-version-kind"] = .array(kinds.map(SchemaNames.value)) }
        }
        return schema
    }

    /// The kinds that a type is read as. Options and watch events belong to every group and version.
    private func kinds(of type: SchemaType) -> [GroupVersionKind] {
        guard let package = catalog.package(ofType: type.name), !package.version.isEmpty else { return [] }
        let kind = String(type.name.split(separator: ".").last ?? "")
        guard package.group == "meta.k8s.io" else {
            return [GroupVersionKind(group: package.group, version: package.version, kind: kind)]
        }
        guard kind == "DeleteOptions" || kind == "WatchEvent" else {
            return [GroupVersionKind(group: "", version: "v1", kind: kind)]
        }
        var seen: Set<GroupVersion> = []
        return catalog.resources.map(\.groupVersion).filter { seen.insert($0).inserted }.map {
            GroupVersionKind(group: $0.group, version: $0.version, kind: kind)
        }
    }

    private func schema(_ builtin: BuiltinType) -> Value {
        switch builtin {
        case .time, .microTime: ["type": "string", "format": "date-time"]
        case .duration: ["type": "string"]
        case .rawExtension, .fieldsV1: ["type": "object"]
        case .json: [:]
        case .quantity:
            dialect == .v2 ? ["type": "string"] : ["oneOf": [["type": "string"], ["type": "number"]]]
        case .intOrString:
            dialect == .v2
                ? ["type": "string", "format": "int-or-string"]
                : ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]]
        }
    }

    // MARK: Fields

    private func property(_ field: SchemaField, of type: SchemaType) -> Value {
        var extras = Fields()
        extras["default"] = field.defaultValue
        extras["description"] = FieldDescriptions.text(
            type: type.name, isList: type.shape == .list, field: field.name
        ).map(Value.string)
        let patch = patchStrategy(field.patch)
        if !patch.isEmpty { extras["x-kubernetes-patch-strategy"] = .string(patch) }
        extras["x-kubernetes-patch-merge-key"] = field.patch.mergeKey.map(Value.string)
        addMerge(of: field, to: &extras)
        var schema = schema(field.type)
        if let values = field.allowedValues { schema = allowing(values, schema) }
        return dialect.adding(extras, to: schema)
    }

    /// The values of a string, or of the items of a list.
    private func allowing(_ values: [String], _ schema: Value) -> Value {
        var schema = schema
        if schema["type"] == "array" {
            schema[path: "items", "enum"] = .array(values.map(Value.string))
        } else if schema["type"] == "string" {
            schema["enum"] = .array(values.map(Value.string))
        }
        return schema
    }

    private func patchStrategy(_ patch: SchemaField.PatchStrategy) -> String {
        [patch.merge ? "merge" : "", patch.replace ? "replace" : "", patch.retainKeys ? "retainKeys" : ""]
            .filter { !$0.isEmpty }.joined(separator: ",")
    }

    private func addMerge(of field: SchemaField, to extras: inout Fields) {
        let isList: Bool
        if case .list = field.type { isList = true } else { isList = false }
        switch field.merge {
        case .unspecified: break
        case .atomic: extras[isList ? "x-kubernetes-list-type" : "x-kubernetes-map-type"] = "atomic"
        case .granular: extras["x-kubernetes-map-type"] = "granular"
        case .set: extras["x-kubernetes-list-type"] = "set"
        case .map(let keys):
            extras["x-kubernetes-list-type"] = "map"
            extras["x-kubernetes-list-map-keys"] = .array(keys.map(Value.string))
        }
    }

    /// The schema of a value; options and parameters of operations use it, too.
    func schema(_ type: FieldType) -> Value {
        switch type {
        case .string: ["type": "string"]
        case .bool: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .double: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .builtin(let builtin): dialect.reference(SchemaNames.name(of: builtin))
        case .list(let element): ["type": "array", "items": schema(element)]
        case .map(let element): ["type": "object", "additionalProperties": schema(element)]
        case .any: [:]
        case .type(let reference):
            if reference.type.shape == .wrapper, let list = reference.type.fields.first {
                schema(list.type)
            } else {
                dialect.reference(SchemaNames.name(ofType: reference.name))
            }
        }
    }
}
