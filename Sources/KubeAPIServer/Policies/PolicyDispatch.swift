internal import APIMachinery

/// Finds out which policies concern a request, and what they are given.
struct PolicyDispatch: Sendable {
    let objects: ObjectLookup
    let catalog: ResourceCatalog
    let authorizer: any Authorizer

    /// What is looked up once for all policies of a request.
    struct Scene {
        /// `nil` for what lies in none.
        let namespace: Value?
        /// Labels of the namespace, or of the request's object if that is one.
        let labels: [String: String]?
        /// The other versions of the request's resource.
        let equivalents: [GroupVersionResource]
    }

    func scene(of request: AdmissionRequest) throws(StatusError) -> Scene {
        let isInNamespace = !request.namespace.isEmpty && !request.concernsNamespaces
        let namespace = isInNamespace ? try objects.get("namespaces", request.namespace) : nil
        let labelled = request.concernsNamespaces ? request.object ?? request.oldObject : namespace
        return Scene(
            namespace: namespace, labels: labelled.map { $0[path: "metadata", "labels"]?.stringMap ?? [:] },
            equivalents: catalog.versions(besides: request.resource))
    }

    /// As what a policy sees the request, and by which of its bindings; `nil` when it is none of its business.
    func concern<Policy>(
        _ hook: PolicyIndex<Policy>.Hook, _ request: AdmissionRequest, _ scene: Scene
    ) -> (seen: GroupVersionResource, bindings: [PolicyBinding])? {
        func resource(_ match: PolicyMatch) -> GroupVersionResource? {
            match.resource(request, namespace: scene.labels, equivalents: scene.equivalents)
        }
        guard let seen = resource(hook.policy.basis.match) else { return nil }
        return (seen, hook.bindings.filter { $0.match.map { resource($0) != nil } ?? true })
    }

    /// The version of the request's resource in which a policy sees it; `nil` for objects of foreign kinds, such as the
    /// options of a connection.
    func served(_ request: AdmissionRequest, as seen: GroupVersionResource) -> ServedResource? {
        guard request.operation != .connect, request.kind == requested(request)?.info.groupVersionKind else {
            return nil
        }
        return catalog.resource(group: seen.group, version: seen.version, resource: seen.resource)
    }

    private func requested(_ request: AdmissionRequest) -> ServedResource? {
        let resource = request.resource
        return catalog.resource(group: resource.group, version: resource.version, resource: resource.resource)
    }

    /// What expressions see: the request in the version that the policy asked for.
    func input(
        _ request: AdmissionRequest, as seen: GroupVersionResource, _ scene: Scene, _ asker: PolicyAuthorizer
    ) async throws(StatusError) -> PolicyInput {
        var request = request
        var kind = request.kind
        if let served = served(request, as: seen) {
            kind = served.info.groupVersionKind
            request = try await request.seen(as: served)
        }
        return PolicyInput(
            request: request, seen: seen, kind: kind, namespace: scene.namespace, authorizer: asker)
    }

    /// One `nil` where the policy runs without parameters; empty where it does not run.
    func params(
        _ policy: PolicyBasis, _ binding: PolicyBinding, _ request: AdmissionRequest
    ) throws(PolicyParams.Problem) -> [Value?] {
        try PolicyParams(objects: objects, catalog: catalog)
            .find(policy.paramKind, binding.paramRef, namespace: request.namespace)
    }
}
