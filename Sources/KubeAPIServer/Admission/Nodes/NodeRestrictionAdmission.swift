internal import APIMachinery
internal import ClusterPKI

/// ``NodeRestriction`` among the other plugins: looks up what the rules ask for.
struct NodeRestrictionAdmission: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "NodeRestriction" }

    func handles(_ request: AdmissionRequest) -> Bool { NodeIdentity.nodeName(of: request.user) != nil }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        if request.operation != .delete { try review(request) }
    }

    /// Deletions are seen once, on the second pass.
    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        if request.operation == .delete { try review(request) }
    }

    private func review(_ request: AdmissionRequest) throws(StatusError) {
        guard let operation = NodeRestriction.Operation(rawValue: request.operation.rawValue) else { return }
        let objects = objects
        let rules = NodeRestriction(
            // `try?`: whatever cannot be read counts as not there, which only ever forbids more.
            pod: { try? objects.get("pods", $1, namespace: $0) }, node: { try? objects.get("nodes", $0) },
            commonName: { (try? CertificateRequest(pem: $0))?.commonName })
        let verdict = rules.review(
            NodeRestriction.Request(
                user: request.user, operation: operation, resource: request.resource.groupResource,
                subresource: request.subresource, namespace: request.namespace, name: request.name,
                object: request.object, oldObject: request.oldObject))
        switch verdict {
        case .admit: return
        case .forbid(let why): throw request.forbidden(why)
        case .notFound(let resource, let name): throw .notFound(resource, name)
        }
    }
}
