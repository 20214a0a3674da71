package import APIMachinery

/// Reads what extension API servers say they serve.
package enum RemoteDiscovery {
    /// What to ask for; who does not know it is asked for each version's list.
    package static let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// The resources of one version in an `APIGroupDiscoveryList`; `nil` when it is another document.
    /// A server that leaves the version out serves nothing there.
    package static func resources(_ document: Value, of groupVersion: GroupVersion) -> [Value]? {
        guard document["kind"] == "APIGroupDiscoveryList" else { return nil }
        for group in document["items"]?.arrayValue ?? []
        where (group[path: "metadata", "name"]?.stringValue ?? "") == groupVersion.group {
            let versions = group["versions"]?.arrayValue ?? []
            let version = versions.first { $0["version"] == .string(groupVersion.version) }
            return version?["resources"]?.arrayValue ?? []
        }
        return []
    }

    /// The resources of an `APIResourceList`, in the form of the newer documents.
    package static func resources(ofList list: Value, _ groupVersion: GroupVersion) -> [Value]? {
        guard list["kind"] == "APIResourceList" else { return nil }
        let listed = list["resources"]?.arrayValue ?? []
        let names = listed.map { ($0["name"]?.stringValue ?? "").split(separator: "/", maxSplits: 1).map(String.init) }
        return zip(names, listed).compactMap { name, resource -> Value? in
            guard name.count == 1 else { return nil }
            var value: Value = [
                "resource": .string(name[0]), "responseKind": kind(resource, groupVersion),
                "scope": resource["namespaced"] == true ? "Namespaced" : "Cluster", "verbs": resource["verbs"] ?? [],
                "singularResource": resource["singularName"] ?? "",
            ]
            for field in ["shortNames", "categories"] { value[field] = resource[field] }
            let below = zip(names, listed).filter { $0.0.count == 2 && $0.0[0] == name[0] }.map { name, part -> Value in
                [
                    "subresource": .string(name[1]), "responseKind": kind(part, groupVersion),
                    "verbs": part["verbs"] ?? [],
                ]
            }
            if !below.isEmpty { value["subresources"] = .array(below) }
            return value
        }
    }

    private static func kind(_ resource: Value, _ groupVersion: GroupVersion) -> Value {
        [
            "group": resource["group"] ?? .string(groupVersion.group),
            "version": resource["version"] ?? .string(groupVersion.version), "kind": resource["kind"] ?? "",
        ]
    }
}

/// A group version that an extension API server serves.
package struct RemoteVersion: Sendable, Equatable {
    package let groupVersion: GroupVersion
    /// In the form of `apidiscovery.k8s.io`.
    package var resources: [Value]
    /// Whether its server does not answer at the moment, so that nobody knows.
    package var isStale: Bool

    package init(_ groupVersion: GroupVersion, resources: [Value] = [], isStale: Bool = true) {
        self.groupVersion = groupVersion
        self.resources = resources
        self.isStale = isStale
    }
}
