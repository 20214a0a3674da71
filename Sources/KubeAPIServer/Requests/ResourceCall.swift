package import APIMachinery

/// A request for a resource that has been let in: who, what, and on which resource. Handed on by many; so it is shared.
package final class ResourceCall: Sendable {
    package let request: ServerRequest
    package let info: RequestInfo
    package let user: UserInfo
    package let resource: ServedResource
    package let type: NegotiatedType
    /// Nothing is to be stored.
    package let isDryRun: Bool
    package let warnings: WarningCollector
    /// What is written down of it; `nil` for nothing.
    package let audit: AuditRecord?
    /// What the server does beyond the usual.
    package let gates: FeatureGates

    package init(
        request: ServerRequest, info: RequestInfo, user: UserInfo, resource: ServedResource, type: NegotiatedType,
        isDryRun: Bool, warnings: WarningCollector, gates: FeatureGates, audit: AuditRecord? = nil
    ) {
        self.request = request
        self.info = info
        self.user = user
        self.resource = resource
        self.type = type
        self.isDryRun = isDryRun
        self.warnings = warnings
        self.audit = audit
        self.gates = gates
    }

    /// The same call, on that resource or with nothing to be stored.
    func with(resource: ServedResource? = nil, isDryRun: Bool? = nil) -> ResourceCall {
        ResourceCall(
            request: request, info: info, user: user, resource: resource ?? self.resource, type: type,
            isDryRun: isDryRun ?? self.isDryRun, warnings: warnings, gates: gates, audit: audit)
    }

    /// The object in the request's body, which must be of that kind (default: the resource's own), in canonical form.
    func body(as kind: GroupVersionKind? = nil) throws(StatusError) -> Value {
        let object = try BodyDecoder.decode(
            request.body, contentType: request.headers["content-type"], kind: kind ?? resource.info.groupVersionKind,
            schema: kind.map { SchemaCatalog.builtin.type(for: $0) } ?? resource.schema,
            custom: kind == nil ? resource.custom : nil,
            validation: BodyDecoder.fieldValidation(request.query), warnings: warnings, gates: gates)
        audit?.sends(object)
        return object
    }
}
