package import APIClient
package import APIMachinery

/// One resource that a server serves, as its discovery tells.
package struct ServerResource: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String
    package var kind: String
    package var isNamespaced: Bool
    package var verbs: Set<String>

    package init(
        group: String, version: String, resource: String, kind: String, isNamespaced: Bool, verbs: Set<String>
    ) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.verbs = verbs
    }

    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }

    /// The collection, of one namespace or of all.
    package func path(namespace: String = "", name: String = "") -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, !namespace.isEmpty { path += "/namespaces/\(namespace)" }
        path += "/\(resource)"
        if !name.isEmpty { path += "/\(PercentEncoding.encode(name))" }
        return path
    }
}

/// Everything that a server serves, each resource in the version its group prefers.
package struct ServerResources: Sendable {
    package var resources: [ServerResource]
    /// Groups whose server does not answer at the moment, so that nobody knows what is in them.
    package var staleGroups: [GroupVersion]

    private static let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    package static func fetch(_ client: APIClient) async throws(StatusError) -> ServerResources {
        var result = ServerResources(resources: [], staleGroups: [])
        for path in ["/api", "/apis"] {
            let response = try await client.transport.send(APIRequest(.get, path, accept: accept))
            do throws(JSONError) { result.add(try Value(json: response.body)) } catch {
                throw .internalError("the server's discovery cannot be read: \(error)")
            }
        }
        return result
    }

    /// The resource of a kind: in this version, or else in the one that its group prefers.
    package func resource(of kind: GroupVersionKind) -> ServerResource? {
        let candidates = resources.filter { $0.group == kind.group && $0.kind == kind.kind }
        return candidates.first { $0.version == kind.version } ?? candidates.first
    }

    /// Versions come in order of preference, so that the first mention of a resource is the one to use.
    private mutating func add(_ list: Value) {
        for group in list["items"]?.arrayValue ?? [] {
            let name = group[path: "metadata", "name"]?.stringValue ?? ""
            var seen: Set<String> = []
            for version in group["versions"]?.arrayValue ?? [] {
                let versionName = version["version"]?.stringValue ?? ""
                if version["freshness"] == "Stale" {
                    staleGroups.append(GroupVersion(group: name, version: versionName))
                }
                for resource in version["resources"]?.arrayValue ?? [] {
                    guard let plural = resource["resource"]?.stringValue, seen.insert(plural).inserted else { continue }
                    resources.append(
                        ServerResource(
                            group: name, version: versionName, resource: plural,
                            kind: resource[path: "responseKind", "kind"]?.stringValue ?? "",
                            isNamespaced: resource["scope"] == "Namespaced",
                            verbs: Set((resource["verbs"]?.arrayValue ?? []).compactMap(\.stringValue))))
                }
            }
        }
    }
}
