internal import APIMachinery

/// Nobody grants what they do not hold, unless they may `escalate` roles or `bind` to them.
///
/// Not one of upstream's plugins: there the storage of roles and bindings checks this.
struct EscalationGuard: AdmissionPlugin {
    private static let group = "rbac.authorization.k8s.io"

    let authorizer: any Authorizer
    let rbac: RBACAuthorizer

    var name: String { "EscalationGuard" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.resource.group == Self.group && request.subresource.isEmpty
            && (request.operation == .create || request.operation == .update)
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let object = request.object else { return }
        switch request.resource.resource {
        case "roles", "clusterroles": try await checkRole(object, request)
        case "rolebindings", "clusterrolebindings": try await checkBinding(object, request)
        case _: return
        }
    }

    private func checkRole(_ object: Value, _ request: AdmissionRequest) async throws(StatusError) {
        let role = RBACRole(object)
        if let old = request.oldObject.map({ RBACRole($0) }), old.rules == role.rules,
            old.aggregation == role.aggregation
        {
            return
        }
        guard await !may("escalate", request.resource.resource, request.name, request) else { return }
        if role.aggregation != nil {
            let everything = [
                RBACRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
                RBACRule(verbs: ["*"], nonResourceURLs: ["*"]),
            ]
            guard RuleCover.covers(rbac.rules(of: request.user, in: nil), everything) else {
                throw request.forbidden("must have cluster-admin privileges to use an aggregationRule")
            }
        }
        try refuse(role.rules, request)
    }

    private func checkBinding(_ object: Value, _ request: AdmissionRequest) async throws(StatusError) {
        guard let binding = RBACBinding(object) else { return }
        if let old = request.oldObject.flatMap({ RBACBinding($0) }), old.role == binding.role,
            old.subjects == binding.subjects
        {
            return
        }
        let isRole = binding.role.kind == .role
        guard await !may("bind", isRole ? "roles" : "clusterroles", binding.role.name, request) else { return }
        guard let role = rbac.snapshot.roles[binding.roleKey] else {
            throw .notFound(
                GroupResource(group: Self.group, resource: isRole ? "roles" : "clusterroles"), binding.role.name)
        }
        try refuse(role.rules, request)
    }

    private func may(_ verb: String, _ resource: String, _ name: String, _ request: AdmissionRequest) async -> Bool {
        await authorizer.decide(
            AuthorizationAttributes(
                user: request.user, verb: verb, apiGroup: Self.group, resource: resource,
                namespace: request.namespace, name: name)
        ).isAllowed
    }

    private func refuse(_ wanted: [RBACRule], _ request: AdmissionRequest) throws(StatusError) {
        let held = rbac.rules(of: request.user, in: request.namespace.isEmpty ? nil : request.namespace)
        if let why = EscalationCheck.refusal(of: request.user, holding: held, granting: wanted) {
            throw request.forbidden(why)
        }
    }
}
