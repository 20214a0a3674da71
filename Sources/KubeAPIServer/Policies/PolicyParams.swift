internal import APIMachinery

/// Finds the objects that a binding gives to its policy.
struct PolicyParams: Sendable {
    let objects: ObjectLookup
    let catalog: ResourceCatalog

    struct Problem: Error {
        let message: String
    }

    /// One `nil` where the policy runs without parameters; empty where there are none and that is no failure.
    func find(
        _ kind: (apiVersion: String, kind: String)?, _ ref: Value?, namespace: String
    ) throws(Problem) -> [Value?] {
        guard let kind, let ref else { return [nil] }
        guard let info = resource(kind) else {
            throw Problem(
                message: "paramKind kind `&ParamKind{APIVersion:\(kind.apiVersion),Kind:\(kind.kind),}` not known")
        }
        let place = try self.namespace(ref, info, namespace)
        var found: [Value] = []
        do throws(StatusError) {
            found = try list(ref, info, place)
        } catch {
            throw Problem(message: error.message)
        }
        if found.isEmpty, ref["parameterNotFoundAction"] == "Deny" {
            throw Problem(message: "no params found for policy binding with `Deny` parameterNotFoundAction")
        }
        return found.map { object in
            var object = object
            object["apiVersion"] = .string(kind.apiVersion)
            object["kind"] = .string(kind.kind)
            return object
        }
    }

    private func resource(_ kind: (apiVersion: String, kind: String)) -> ResourceInfo? {
        let parts = kind.apiVersion.split(separator: "/").map(String.init)
        let (group, version) = parts.count == 2 ? (parts[0], parts[1]) : ("", kind.apiVersion)
        return catalog.all.map(\.info).first {
            let known = $0.groupVersionKind
            return known.group == group && known.version == version && known.kind == kind.kind
        }
    }

    private func namespace(_ ref: Value, _ info: ResourceInfo, _ requested: String) throws(Problem) -> String {
        let named = ref["namespace"]?.stringValue ?? ""
        guard info.isNamespaced else {
            guard named.isEmpty else {
                throw Problem(message: "paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
            }
            return ""
        }
        let namespace = named.isEmpty ? requested : named
        guard !namespace.isEmpty else {
            throw Problem(
                message: "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
        }
        return namespace
    }

    private func list(_ ref: Value, _ info: ResourceInfo, _ namespace: String) throws(StatusError) -> [Value] {
        let resource = info.groupVersionResource
        if let name = ref["name"]?.stringValue, !name.isEmpty {
            do throws(StatusError) {
                return [
                    try objects.get(
                        resource.resource, group: resource.group, version: resource.version, name,
                        namespace: namespace)
                ]
            } catch {
                guard error.reason == .notFound else { throw error }
                return []
            }
        }
        // Validation lets no faulty selector in; one that got in all the same selects nothing.
        let selector = (try? Selector(ref["selector"] ?? .emptyObject)) ?? .nothing
        let all = try objects.list(
            resource.resource, group: resource.group, version: resource.version, namespace: namespace)
        return all.filter { object in
            let labels = object[path: "metadata", "labels"]
            return selector.matches(lookup: { labels?[$0]?.stringValue })
        }
    }
}
