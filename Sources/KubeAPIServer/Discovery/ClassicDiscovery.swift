internal import APIMachinery
internal import Crypto

/// The documents of `/api`, `/apis` and below that every client understands.
enum ClassicDiscovery {
    /// `/api`: the versions of the core group, and where to reach the server.
    static func coreVersions(_ listing: GroupListing, address: String) -> Value {
        [
            "kind": "APIVersions",
            "versions": .array((listing.group("")?.versions ?? []).map { .string($0.name.version) }),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(address)]],
        ]
    }

    /// `/apis`: every group but the core one.
    static func groups(_ listing: GroupListing) -> Value {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(listing.groups.filter { !$0.name.isEmpty }.map(group)),
        ]
    }

    /// `/apis/GROUP`
    static func groupDocument(_ group: GroupListing.Group) -> Value {
        var document = self.group(group)
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        return document
    }

    private static func group(_ group: GroupListing.Group) -> Value {
        let versions = group.versions.map { version -> Value in
            ["groupVersion": .string(version.name.description), "version": .string(version.name.version)]
        }
        return [
            "name": .string(group.name), "versions": .array(versions), "preferredVersion": versions.first ?? [:],
        ]
    }

    // MARK: Resources

    /// `/api/v1` and `/apis/GROUP/VERSION`
    static func resources(_ version: GroupListing.Version) -> Value {
        var document: Value = [
            "kind": "APIResourceList", "groupVersion": .string(version.name.description),
            "resources": .array(version.resources.flatMap { [resource($0)] + $0.subresources.map(subresource(of: $0)) }),
        ]
        // Upstream leaves it out at /api/v1, where it came later.
        if !version.name.group.isEmpty { document["apiVersion"] = "v1" }
        return document
    }

    private static func resource(_ info: ResourceInfo) -> Value {
        var value: Value = [
            "name": .string(info.plural), "singularName": .string(info.singular),
            "namespaced": .bool(info.isNamespaced), "kind": .string(info.kind),
            "verbs": .array(info.verbs.map(Value.string)),
        ]
        if !info.shortNames.isEmpty { value["shortNames"] = .array(info.shortNames.map(Value.string)) }
        if !info.categories.isEmpty { value["categories"] = .array(info.categories.map(Value.string)) }
        if let storage = info.storageVersion {
            value["storageVersionHash"] = .string(storageVersionHash(storage, kind: info.kind))
        }
        return value
    }

    private static func subresource(of info: ResourceInfo) -> (ResourceInfo.Subresource) -> Value {
        { subresource in
            var value: Value = [
                "name": .string("\(info.plural)/\(subresource.name)"), "singularName": "",
                "namespaced": .bool(info.isNamespaced), "kind": .string(subresource.kind.kind),
                "verbs": .array(subresource.verbs.map(Value.string)),
            ]
            if subresource.kind.groupVersion != info.groupVersion {
                if !subresource.kind.group.isEmpty { value["group"] = .string(subresource.kind.group) }
                value["version"] = .string(subresource.kind.version)
            }
            return value
        }
    }

    /// Tells storage migrators whether the stored version has changed.
    private static func storageVersionHash(_ version: GroupVersion, kind: String) -> String {
        let text = "\(version.group)/\(version.version)/\(kind)"
        return Base64.encode(Array(SHA256.hash(data: Array(text.utf8)).prefix(8)))
    }
}
