internal import APIMachinery

/// The documents of `apidiscovery.k8s.io`: everything that is served in one answer, core group (`/api`) and others
/// (`/apis`) apart.
enum AggregatedDiscovery {
    /// - apiVersion: `apidiscovery.k8s.io/v2` or its predecessor, which look the same.
    static func list(_ listing: GroupListing, core: Bool, apiVersion: String) -> Value {
        [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string(apiVersion), "metadata": [:],
            "items": .array(listing.groups.filter { $0.name.isEmpty == core }.map(group)),
        ]
    }

    private static func group(_ group: GroupListing.Group) -> Value {
        var metadata: Value = ["creationTimestamp": .null]
        if !group.name.isEmpty { metadata["name"] = .string(group.name) }
        return [
            "metadata": metadata,
            "versions": .array(
                group.versions.map { version in
                    [
                        "version": .string(version.name.version),
                        "freshness": version.remote?.isStale == true ? "Stale" : "Current",
                        "resources": .array(version.remote?.resources ?? version.resources.map(resource)),
                    ]
                }),
        ]
    }

    private static func resource(_ info: ResourceInfo) -> Value {
        var value: Value = [
            "resource": .string(info.plural), "responseKind": kind(info.groupVersionKind),
            "scope": info.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(info.singular),
            "verbs": .array(info.verbs.map(Value.string)),
        ]
        if !info.shortNames.isEmpty { value["shortNames"] = .array(info.shortNames.map(Value.string)) }
        if !info.categories.isEmpty { value["categories"] = .array(info.categories.map(Value.string)) }
        if !info.subresources.isEmpty {
            value["subresources"] = .array(
                info.subresources.map { subresource in
                    [
                        "subresource": .string(subresource.name), "responseKind": kind(subresource.kind),
                        "verbs": .array(subresource.verbs.map(Value.string)),
                    ]
                })
        }
        return value
    }

    private static func kind(_ kind: GroupVersionKind) -> Value {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }
}
