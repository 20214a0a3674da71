internal import APIMachinery

/// Who names an owner must be allowed to delete the object, since the owner's end will; who lets it hold up its owner's
/// deletion must be allowed to set the owner's finalizers.
struct OwnerReferencesPermissionEnforcement: AdmissionPlugin {
    let authorizer: any Authorizer
    let catalog: ResourceCatalog

    var name: String { "OwnerReferencesPermissionEnforcement" }

    /// Kubelets' writes of a status cannot change owners.
    func handles(_ request: AdmissionRequest) -> Bool {
        guard request.operation == .create || request.operation == .update else { return false }
        return !(request.resource.group.isEmpty && request.resource.resource == "pods" && request.subresource == "status")
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let owners = Self.owners(request.object)
        let before = Self.owners(request.oldObject)
        guard owners != before else { return }
        let deletion = AuthorizationAttributes(
            user: request.user, verb: "delete", apiGroup: request.resource.group, apiVersion: request.resource.version,
            resource: request.resource.resource, subresource: request.subresource, namespace: request.namespace,
            name: request.name)
        let decision = await authorizer.decide(deletion)
        guard decision.isAllowed else {
            throw request.forbidden(
                "cannot set an ownerRef on a resource you can't delete: \(decision.reason), <nil>")
        }
        for owner in owners where Self.isBlocking(owner) {
            let old = before.first { $0["uid"] == owner["uid"] }
            guard old.map(Self.isBlocking) != true else { continue }
            for question in try questions(about: owner, request) {
                let decision = await authorizer.decide(question)
                guard decision.isAllowed else {
                    throw request.forbidden(
                        "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set"
                            + " finalizers on: \(decision.reason), <nil>")
                }
            }
        }
    }

    /// A kind may be that of several resources: all of them must be allowed.
    private func questions(
        about owner: Value, _ request: AdmissionRequest
    ) throws(StatusError) -> [AuthorizationAttributes] {
        let apiVersion = owner["apiVersion"]?.stringValue ?? ""
        let kind = owner["kind"]?.stringValue ?? ""
        let version = GroupVersion(apiVersion)
        let resources = catalog.all.map(\.info).filter { $0.groupVersion == version && $0.kind == kind }
        guard !resources.isEmpty else {
            throw request.forbidden(
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion"
                    + " \(apiVersion) Kind \(kind): no matches for kind \(GoText.quote(kind)) in version"
                    + " \(GoText.quote(apiVersion))")
        }
        return resources.map { resource in
            AuthorizationAttributes(
                user: request.user, verb: "update", apiGroup: version.group, apiVersion: version.version,
                resource: resource.plural, subresource: "finalizers",
                namespace: resource.isNamespaced ? request.namespace : "", name: owner["name"]?.stringValue ?? "")
        }
    }

    private static func owners(_ object: Value?) -> [Value] {
        object?[path: "metadata", "ownerReferences"]?.arrayValue ?? []
    }

    private static func isBlocking(_ owner: Value) -> Bool { owner["blockOwnerDeletion"] == true }
}
