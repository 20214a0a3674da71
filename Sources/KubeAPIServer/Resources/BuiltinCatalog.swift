internal import APIMachinery
internal import APIRegistry
internal import APIResources

/// Fills a catalog with every built-in resource that is served or that the server needs itself.
enum BuiltinCatalog {
    static func fill(
        _ catalog: ResourceCatalog, state: ClusterState, enablement: APIEnablement,
        transformer: (GroupResource) -> any ValueTransformer
    ) {
        // Metrics come with an add-on elsewhere; here the server asks the kubelets itself.
        let known = SchemaCatalog.builtin.resources.filter { $0.groupResource != Self.componentStatuses }
        var stores: [String: ResourceStore] = [:]
        for info in known {
            let isServed = info.group == "metrics.k8s.io" || enablement.serves(info)
            guard isServed || info.isServedByDefault else { continue }
            guard let storage = storageInfo(of: info) else {
                if isServed { catalog.add(virtual(info, state)) }
                continue
            }
            let key = storage.groupVersionResource.groupResource.description
            let store = stores[key] ?? makeStore(storage, state, transformer)
            stores[key] = store
            let resource = ServedResource(
                info: info, schema: SchemaCatalog.builtin.type(info.typeName), store: store,
                conversion: Conversions.between(served: info, stored: storage),
                columns: BuiltinResources.definition(info).columns)
            // The server works with its own objects even where clients do not get them.
            if isServed { catalog.add(resource) } else { catalog.withhold(resource) }
        }
    }

    /// Not served: it would tell of the ports of other processes, which the parts of this cluster do not have.
    private static let componentStatuses = GroupResource(group: "", resource: "componentstatuses")

    private static func makeStore(
        _ info: ResourceInfo, _ state: ClusterState, _ transformer: (GroupResource) -> any ValueTransformer
    ) -> ResourceStore {
        let definition = BuiltinResources.definition(info)
        let cache = state.addCache(
            info.groupResource, fields: definition.selectableFields, indexedField: definition.indexedField,
            transformer: transformer(info.groupResource))
        return ResourceStore(definition: definition, cache: cache, state: state)
    }

    /// The resource in the version that is stored; `nil` for what is never stored.
    private static func storageInfo(of info: ResourceInfo) -> ResourceInfo? {
        guard let version = info.storageVersion else { return nil }
        if version == info.groupVersion { return info }
        return SchemaCatalog.builtin.resource(
            GroupVersionResource(group: version.group, version: version.version, resource: info.plural))
    }

    /// Reviews, bindings and metrics: requests that make an answer and leave nothing behind. The cache stays empty.
    private static func virtual(_ info: ResourceInfo, _ state: ClusterState) -> ServedResource {
        let definition = BuiltinResources.definition(info)
        let cache = ResourceCache.unstored(info.groupResource, fields: definition.selectableFields)
        return ServedResource(
            info: info, schema: definition.schema,
            store: ResourceStore(definition: definition, cache: cache, state: state), conversion: nil,
            columns: definition.columns)
    }
}
