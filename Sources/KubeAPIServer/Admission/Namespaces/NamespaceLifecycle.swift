internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// Nothing is created in a namespace that is not there or going, and the three namespaces that a
/// cluster cannot be without are not deleted.
struct NamespaceLifecycle: AdmissionPlugin {
    private static let immortal: Set<String> = ["default", "kube-system", "kube-public"]

    let objects: ObjectLookup

    var name: String { "NamespaceLifecycle" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create || request.operation == .delete
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) { try check(request) }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        if request.operation == .delete { try check(request) }
    }

    private func check(_ request: AdmissionRequest) throws(StatusError) {
        let isNamespace = request.resource.group.isEmpty && request.resource.resource == "namespaces"
        if request.operation == .delete {
            guard isNamespace, request.subresource.isEmpty, Self.immortal.contains(request.name) else { return }
            throw .forbidden(request.resource.groupResource, request.name, "this namespace may not be deleted")
        }
        guard !isNamespace, !request.namespace.isEmpty else { return }
        // Access reviews are not stored, so they may ask about any namespace.
        if request.resource.resource == "localsubjectaccessreviews" { return }
        let namespace = try objects.policy("namespaces", request.namespace)
        guard namespace[path: "status", "phase"] == "Terminating" || namespace[path: "metadata", "deletionTimestamp"] != nil
        else { return }
        var error = StatusError.forbidden(
            request.resource.groupResource, request.name,
            "unable to create new content in namespace \(request.namespace) because it is being terminated")
        error.causes.append(
            StatusCause(
                reason: "NamespaceTerminating", message: "namespace \(request.namespace) is being terminated",
                field: "metadata.namespace"))
        throw error
    }
}
