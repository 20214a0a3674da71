internal import APIMachinery

/// The schemas that the operations on some resources speak of.
struct ResourceDefinitions {
    let dialect: OpenAPIDialect

    /// What clients need beside the resources' own kinds.
    private static let shared = ["meta/v1.DeleteOptions", "meta/v1.Patch", "meta/v1.Status"]

    /// The definitions of built-in resources and of all that they refer to.
    func builtin(_ resources: [ServedResource]) -> [(name: String, schema: Value)] {
        var types = Set(Self.shared)
        for resource in resources { types.formUnion(Self.types(of: resource.info)) }
        return BuiltinDefinitions(dialect).definitions(of: types.sorted())
    }

    /// What custom resources refer to and built-in documents define.
    func sharedWithCustom(_ resources: [ServedResource]) -> [(name: String, schema: Value)] {
        var types = Set(Self.shared + [SchemaNames.objectMeta, SchemaNames.listMeta])
        if resources.contains(where: { $0.subresource("scale") != nil }) { types.insert("autoscaling/v1.Scale") }
        return BuiltinDefinitions(dialect).definitions(of: types.sorted())
    }

    /// The custom kinds themselves.
    func custom(_ resources: [ServedResource]) -> [(name: String, schema: Value)] {
        resources.flatMap { resource -> [(name: String, schema: Value)] in
            guard let custom = resource.custom else { return [] }
            let published = CustomDefinitions(dialect, resource.info)
            return [published.object(custom), published.list()]
        }.sorted { $0.name < $1.name }
    }

    private static func types(of info: ResourceInfo) -> [String] {
        var types = [info.typeName]
        if !info.listKind.isEmpty, let dot = info.typeName.lastIndex(of: ".") {
            types.append("\(info.typeName[..<dot]).\(info.listKind)")
        }
        for subresource in info.subresources where !subresource.kind.kind.hasSuffix("Options") {
            if let type = SchemaCatalog.builtin.type(for: subresource.kind) { types.append(type.name) }
        }
        return types
    }
}
