internal import APIMachinery

/// The paths of one served resource and the operations on them.
struct ResourcePaths {
    private let info: ResourceInfo
    private let isCustom: Bool
    private let dialect: OpenAPIDialect
    private let names: OperationNames
    private let schemas: BuiltinDefinitions

    init(_ resource: ServedResource, _ dialect: OpenAPIDialect) {
        info = resource.info
        isCustom = resource.isCustom
        self.dialect = dialect
        names = OperationNames(info.groupVersion)
        schemas = BuiltinDefinitions(dialect)
    }

    /// Path and path item.
    func items() -> [(path: String, item: Value)] {
        let root = info.group.isEmpty ? "/api/\(info.version)" : "/apis/\(info.group)/\(info.version)"
        let place = info.isNamespaced ? "/namespaces/{namespace}" : ""
        let collection = "\(root)\(place)/\(info.plural)"
        let scope: [Operation.Parameter] = info.isNamespaced ? [Self.namespace] : []
        var items: [(path: String, item: Value)] = []
        add(collectionOperations, at: collection, scope, to: &items)
        if info.isNamespaced, info.verbs.contains("list") {
            let all = operation("get", "list", "list", "\(info.kind)ForAllNamespaces", answer: reference(info.listKind))
            add([all], at: "\(root)/\(info.plural)", [], to: &items)
        }
        let named = scope + [Self.name]
        add(itemOperations, at: "\(collection)/{name}", named, to: &items)
        for subresource in info.subresources {
            let path = "\(collection)/{name}/\(subresource.name)"
            add(operations(on: subresource), at: path, named, to: &items)
            guard subresource.name == "proxy" else { continue }
            add(
                operations(on: subresource, suffix: "WithPath"), at: "\(path)/{path}", named + [Self.path], to: &items)
        }
        return items
    }

    private func add(
        _ operations: [Operation], at path: String, _ parameters: [Operation.Parameter],
        to items: inout [(path: String, item: Value)]
    ) {
        guard !operations.isEmpty else { return }
        var item = Value.emptyObject
        for operation in operations { item[operation.method] = operation.value(dialect) }
        item["parameters"] = .array((parameters + [Self.pretty]).map { $0.value(dialect) })
        items.append((path, item))
    }

    // MARK: Operations

    private var subject: String { (info.isNamespaced ? "Namespaced" : "") + info.kind }

    private var collectionOperations: [Operation] {
        info.verbs.compactMap { verb in
            switch verb {
            case "list": operation("get", "list", "list", subject, answer: reference(info.listKind))
            case "create": operation("post", "post", "create", subject, answer: reference(info.kind))
            case "deletecollection":
                operation("delete", "deletecollection", "delete", "Collection\(subject)", answer: status)
            case _: nil
            }
        }
    }

    private var itemOperations: [Operation] {
        info.verbs.compactMap { verb in
            switch verb {
            case "get": operation("get", "get", "read", subject, answer: reference(info.kind))
            case "update": operation("put", "put", "replace", subject, answer: reference(info.kind))
            case "patch": operation("patch", "patch", "patch", subject, answer: reference(info.kind))
            case "delete": operation("delete", "delete", "delete", subject, answer: status)
            case _: nil
            }
        }
    }

    private func operations(on subresource: ResourceInfo.Subresource, suffix: String = "") -> [Operation] {
        let subject = subject + OperationNames.capitalized(subresource.name) + suffix
        let kind = subresource.kind
        // Options are no objects: the connection is what is wanted.
        if kind.kind.hasSuffix("Options") {
            return subresource.verbs.map { connection($0, kind, subject) }
        }
        let answer = subresource.name == "log" ? ["type": "string"] : reference(kind)
        return subresource.verbs.compactMap { verb in
            switch verb {
            case "get": operation("get", "get", "read", subject, kind: kind, answer: answer, isLog: subresource.name == "log")
            case "update": operation("put", "put", "replace", subject, kind: kind, answer: answer)
            case "patch": operation("patch", "patch", "patch", subject, kind: kind, answer: answer)
            case "create": operation("post", "post", "create", subject, kind: kind, answer: answer)
            case _: nil
            }
        }
    }

    private static let methods = [
        "get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete",
    ]

    private func connection(_ verb: String, _ kind: GroupVersionKind, _ subject: String) -> Operation {
        let method = Self.methods[verb] ?? verb
        let type = SchemaCatalog.builtin.type(for: kind)
        return Operation(
            method: method, id: names.id("connect", OperationNames.capitalized(method) + subject), tag: names.tag,
            action: "connect", kind: kind, parameters: parameters(of: type), body: .none, answer: ["type": "string"],
            codes: [200], produces: ["*/*"])
    }

    private func operation(
        _ method: String, _ action: String, _ verb: String, _ subject: String, kind: GroupVersionKind? = nil,
        answer: Value, isLog: Bool = false
    ) -> Operation {
        var produces = ["application/json", "application/yaml"]
        if !isCustom { produces.append("application/vnd.kubernetes.protobuf") }
        if action == "list" { produces += produces.filter { $0 != "application/yaml" }.map { $0 + ";stream=watch" } }
        if isLog { produces.insert("text/plain", at: 0) }
        return Operation(
            method: method, id: names.id(verb, subject), tag: names.tag, action: action,
            kind: kind ?? info.groupVersionKind, parameters: isLog ? logParameters : parameters(action),
            body: body(action, answer), answer: answer, codes: Self.codes[action] ?? [200], produces: produces)
    }

    private static let codes = ["post": [200, 201, 202], "put": [200, 201], "patch": [200, 201], "delete": [200, 202]]

    private func body(_ action: String, _ answer: Value) -> Operation.Body {
        switch action {
        case "post", "put": .object(schema: answer)
        case "patch":
            .patch(
                types: [
                    "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
                ] + (isCustom ? [] : ["application/strategic-merge-patch+json"]))
        case "delete", "deletecollection":
            .options(schema: dialect.reference(SchemaNames.name(ofType: "meta/v1.DeleteOptions")))
        case _: .none
        }
    }

    // MARK: Parameters

    private static let name = Operation.Parameter(name: "name", place: "path", schema: ["type": "string"])
    private static let namespace = Operation.Parameter(name: "namespace", place: "path", schema: ["type": "string"])
    private static let path = Operation.Parameter(name: "path", place: "path", schema: ["type": "string"])
    private static let pretty = Operation.Parameter(name: "pretty", place: "query", schema: ["type": "string"])

    private func parameters(_ action: String) -> [Operation.Parameter] {
        switch action {
        case "list": options("ListOptions")
        case "deletecollection":
            options("DeleteOptions") + options("ListOptions").filter { $0.name != "watch" && $0.name != "allowWatchBookmarks" }
        case "post": options("CreateOptions")
        case "put": options("UpdateOptions")
        case "patch": options("PatchOptions")
        case "delete": options("DeleteOptions")
        case _: []
        }
    }

    private var logParameters: [Operation.Parameter] {
        parameters(of: SchemaCatalog.builtin.type("core/v1.PodLogOptions"))
    }

    private func options(_ kind: String) -> [Operation.Parameter] {
        parameters(of: SchemaCatalog.builtin.type("meta/v1.\(kind)"))
    }

    /// The fields of an options type that fit into a query.
    private func parameters(of type: SchemaType?) -> [Operation.Parameter] {
        (type?.fields ?? []).compactMap { field in
            guard field.name != "apiVersion", field.name != "kind" else { return nil }
            switch field.type {
            case .string, .bool, .int32, .int64:
                return Operation.Parameter(name: field.name, place: "query", schema: schemas.schema(field.type))
            case .list:
                return Operation.Parameter(name: field.name, place: "query", schema: ["type": "string"])
            case .builtin(.time):
                return Operation.Parameter(name: field.name, place: "query", schema: ["type": "string"])
            case .double, .bytes, .builtin, .type, .map, .any:
                return nil
            }
        }
    }

    // MARK: References

    private var status: Value { dialect.reference(SchemaNames.name(ofType: "meta/v1.Status")) }

    /// A kind of the resource's own version.
    private func reference(_ kind: String) -> Value {
        reference(GroupVersionKind(group: info.group, version: info.version, kind: kind))
    }

    private func reference(_ kind: GroupVersionKind) -> Value {
        if isCustom, kind.groupVersion == info.groupVersion { return dialect.reference(SchemaNames.custom(kind)) }
        guard let type = SchemaCatalog.builtin.type(for: kind) else { return ["type": "object"] }
        return dialect.reference(SchemaNames.name(ofType: type.name))
    }
}
