internal import APIMachinery
internal import ClusterPKI
internal import Synchronization

/// What one user's bindings grant, with what was worked out so far for the kinds of requests they make.
final class UserGrants: Sendable {
    /// Kinds of requests remembered per user; a controller makes some hundred.
    private static let kindLimit = 512

    /// Everything of a request that rules look at, except names and namespaces.
    private struct RequestKind: Hashable {
        let verb: String
        let apiGroup: String
        let resource: String
        let subresource: String
    }

    /// Permission for one kind of request.
    private struct Grant {
        /// Empty for any name.
        let resourceNames: [String]
        let reason: String
    }

    /// The grants for one kind of request.
    private struct Answer {
        var everywhere: [Grant] = []
        var inNamespace: [String: [Grant]] = [:]
    }

    /// A binding of the user's with the rules of its role.
    private struct Bound {
        /// `nil` for everywhere.
        let namespace: String?
        let rules: [RBACRule]
        let reason: String
    }

    private let bound: [Bound]
    /// What to say of bindings whose role does not exist, with the binding's namespace.
    private let missing: [(namespace: String?, text: String)]
    private let answers = Mutex(BoundedCache<RequestKind, Answer>(limit: kindLimit))

    init(_ user: UserInfo, _ index: RBACIndex) {
        var bound: [Bound] = []
        var missing: [(String?, String)] = []
        for (binding, subject) in index.bindings(of: user) {
            guard let role = index.roles[binding.roleKey] else {
                let kind = binding.role.kind == .role ? "role" : "clusterrole"
                let name = GoText.quote(binding.role.name)
                missing.append((binding.key.namespace, "\(kind).rbac.authorization.k8s.io \(name) not found"))
                continue
            }
            let reason = "RBAC: allowed by " + binding.description(to: subject)
            bound.append(Bound(namespace: binding.key.namespace, rules: role.rules, reason: reason))
        }
        self.bound = bound
        self.missing = missing
    }

    func decide(_ attributes: AuthorizationAttributes) -> Decision {
        guard attributes.isResourceRequest else { return decidePath(attributes) }
        let kind = RequestKind(
            verb: attributes.verb, apiGroup: attributes.apiGroup, resource: attributes.resource,
            subresource: attributes.subresource)
        let answer = answers.withLock { answers in
            if let known = answers.find(kind) { return known }
            let answer = work(kind)
            answers.store(answer, for: kind)
            return answer
        }
        func find(_ grants: [Grant]) -> Grant? {
            grants.first { $0.resourceNames.isEmpty || $0.resourceNames.contains(attributes.name) }
        }
        if let grant = find(answer.everywhere) { return .allow(reason: grant.reason) }
        if let local = answer.inNamespace[attributes.namespace], let grant = find(local) {
            return .allow(reason: grant.reason)
        }
        return refusal(attributes.namespace)
    }

    /// Paths are granted by cluster-wide bindings alone.
    private func decidePath(_ attributes: AuthorizationAttributes) -> Decision {
        for item in bound where item.namespace == nil {
            if item.rules.contains(where: { $0.allows(attributes) }) { return .allow(reason: item.reason) }
        }
        return refusal("")
    }

    private func work(_ kind: RequestKind) -> Answer {
        var answer = Answer()
        for item in bound {
            for rule in item.rules where rule.allows(verb: kind.verb) {
                guard rule.covers(apiGroup: kind.apiGroup, resource: kind.resource, subresource: kind.subresource)
                else { continue }
                let grant = Grant(resourceNames: rule.resourceNames, reason: item.reason)
                if let namespace = item.namespace {
                    answer.inNamespace[namespace, default: []].append(grant)
                } else {
                    answer.everywhere.append(grant)
                }
                // What comes after a grant for all names everywhere can never be asked.
                if item.namespace == nil && rule.resourceNames.isEmpty { return answer }
            }
        }
        return answer
    }

    /// No opinion, with a word on bindings that lead nowhere.
    private func refusal(_ namespace: String) -> Decision {
        guard !missing.isEmpty else { return .noOpinion(reason: "") }
        var texts: [String] = []
        for item in missing where item.namespace == nil || item.namespace == namespace {
            if !texts.contains(item.text) { texts.append(item.text) }
        }
        guard !texts.isEmpty else { return .noOpinion(reason: "") }
        return .noOpinion(reason: "RBAC: " + (texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"))
    }
}

extension RBACBinding {
    /// `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`.
    fileprivate func description(to subject: Subject) -> String {
        let kind = key.namespace == nil ? "ClusterRoleBinding" : "RoleBinding"
        let name = key.namespace.map { key.name + "/" + $0 } ?? key.name
        let subjectName =
            subject.kind == .serviceAccount
            ? subject.name + "/" + (subject.namespace.isEmpty ? key.namespace ?? "" : subject.namespace)
            : subject.name
        return "\(kind) \(GoText.quote(name)) of \(role.kind.rawValue) \(GoText.quote(role.name)) "
            + "to \(subject.kind.rawValue) \(GoText.quote(subjectName))"
    }
}
