internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import KeyValueStore

/// Makes of a definition what the catalog serves.
struct CustomServing {
    private static let verbs = [
        "delete", "deletecollection", "get", "list", "patch", "create", "update", "watch",
    ]

    /// With the names that were accepted.
    let definition: Value
    let state: ClusterState
    let calls: WebhookCalls

    var group: String { definition[path: "spec", "group"]?.stringValue ?? "" }
    var resource: GroupResource { GroupResource(group: group, resource: name("plural")) }
    private var isNamespaced: Bool { definition[path: "spec", "scope"] == "Namespaced" }
    private var versions: [Value] { definition[path: "spec", "versions"]?.arrayValue ?? [] }

    private func name(_ which: String) -> String {
        definition[path: "status", "acceptedNames", which]?.stringValue ?? ""
    }

    private func names(_ which: String) -> [String] {
        (definition[path: "status", "acceptedNames", which]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// What lists may select by, in any version.
    var selectableFields: [SelectableField] {
        var names = ["metadata.name"] + (isNamespaced ? ["metadata.namespace"] : [])
        for version in versions {
            for field in CustomVersion(version, in: definition).selectableFields where !names.contains(field) {
                names.append(field)
            }
        }
        return names.map { SelectableField($0) }
    }

    /// What is served, or stored, depends on this much of a definition.
    var contents: Value {
        [
            "spec": definition["spec"] ?? [:], "names": definition[path: "status", "acceptedNames"] ?? [:],
            "isTerminating": .bool(definition[path: "metadata", "deletionTimestamp"] != nil),
        ]
    }

    /// All versions, served or not.
    /// - settledSince: objects that were written later have the form that their version gives them, where there is only
    ///   one or a webhook converts.
    func resources(_ cache: ResourceCache, settledSince: Revision) -> [ServedResource] {
        guard let storage = versions.first(where: { $0["storage"]?.boolValue == true }) else { return [] }
        let customs = Dictionary(
            versions.map { ($0["name"]?.stringValue ?? "", CustomVersion($0, in: definition)) }) { first, _ in first }
        let storedKind = kind(storage)
        guard let stored = customs[storedKind.version] else { return [] }
        let webhook = ConversionWebhook(definition, calls)
        return versions.compactMap { version in
            let info = info(version, storage: storedKind.groupVersion)
            guard let custom = customs[info.version] else { return nil }
            let asking = webhook.map {
                CustomConversion(info.groupVersionKind, storage: storedKind.groupVersion, versions: customs, webhook: $0)
            }
            let hasStatus = info.subresources.contains { $0.name == "status" }
            let columns = CustomColumns.columns(version)
            let schema = custom.schema.schemaType(kind: info.groupVersionKind)
            var resource = ResourceDefinition(
                info: info, schema: schema, strategy: CustomStrategy(version: custom, hasStatus: hasStatus),
                columns: columns, selectableFields: cache.fields, countsGenerations: true, statusIsWish: !hasStatus)
            resource.conversion = asking
            let renaming = conversion(custom, info.groupVersionKind, stored: stored, storedKind)
            var served = ServedResource(
                info: info, schema: schema, store: ResourceStore(definition: resource, cache: cache, state: state),
                conversion: webhook == nil ? renaming : nil, columns: columns)
            served.custom = custom
            served.webhook = asking
            served.settledSince = versions.count == 1 || webhook != nil ? settledSince : nil
            return served
        }
    }

    func isServed(_ resource: ServedResource) -> Bool {
        versions.contains { $0["name"]?.stringValue == resource.info.version && $0["served"]?.boolValue == true }
    }

    private func kind(_ version: Value) -> GroupVersionKind {
        GroupVersionKind(group: group, version: version["name"]?.stringValue ?? "", kind: name("kind"))
    }

    private func info(_ version: Value, storage: GroupVersion) -> ResourceInfo {
        let kind = kind(version)
        var subresources: [ResourceInfo.Subresource] = []
        let verbs = ["get", "patch", "update"]
        if version[path: "subresources", "status"] != nil {
            subresources.append(.init(name: "status", verbs: verbs, kind: kind))
        }
        if version[path: "subresources", "scale"] != nil {
            let scale = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
            subresources.append(.init(name: "scale", verbs: verbs, kind: scale))
        }
        return ResourceInfo(
            group: group, version: kind.version, kind: kind.kind, listKind: name("listKind"), plural: name("plural"),
            singular: name("singular"), shortNames: names("shortNames"), categories: names("categories"),
            isNamespaced: isNamespaced, verbs: Self.verbs, subresources: subresources, storageVersion: storage,
            isServedByDefault: true, typeName: "")
    }

    /// Versions differ in their name and in what their schemas keep and fill in; what was stored under an older schema
    /// is shown as the present one would have it.
    private func conversion(
        _ custom: CustomVersion, _ kind: GroupVersionKind, stored: CustomVersion, _ storedKind: GroupVersionKind
    ) -> VersionConversion {
        VersionConversion(
            toStorage: { $0.renamed(to: storedKind) },
            fromStorage: { object in
                var object = object
                stored.revise(&object)
                if kind != storedKind {
                    object = object.renamed(to: kind)
                    custom.revise(&object)
                }
                return object
            })
    }
}
