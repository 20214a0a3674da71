package import APIMachinery

/// One rule of a role: who holds it may do these verbs to these resources, or to these paths.
package struct RBACRule: Sendable, Hashable {
    package var verbs: [String]
    package var apiGroups: [String]
    package var resources: [String]
    /// Empty for any name.
    package var resourceNames: [String]
    package var nonResourceURLs: [String]

    package init(
        verbs: [String], apiGroups: [String] = [], resources: [String] = [], resourceNames: [String] = [],
        nonResourceURLs: [String] = []
    ) {
        self.verbs = verbs
        self.apiGroups = apiGroups
        self.resources = resources
        self.resourceNames = resourceNames
        self.nonResourceURLs = nonResourceURLs
    }
}

/// A Role (with a namespace) or ClusterRole (without), as far as decisions need it.
package struct RBACRole: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        /// `nil` for a ClusterRole.
        package var namespace: String?
        package var name: String

        package init(namespace: String? = nil, name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    package var key: Key
    package var labels: [String: String]
    package var annotations: [String: String]
    package var rules: [RBACRule]
    /// Whose rules a ClusterRole collects, `nil` when it has its own.
    package var aggregation: [RBACLabelSelector]?

    package init(
        key: Key, labels: [String: String] = [:], annotations: [String: String] = [:], rules: [RBACRule] = [],
        aggregation: [RBACLabelSelector]? = nil
    ) {
        self.key = key
        self.labels = labels
        self.annotations = annotations
        self.rules = rules
        self.aggregation = aggregation
    }
}

/// A RoleBinding (with a namespace) or ClusterRoleBinding (without).
package struct RBACBinding: Sendable, Hashable {
    package struct Subject: Sendable, Hashable {
        package enum Kind: String, Sendable { case user = "User", group = "Group", serviceAccount = "ServiceAccount" }

        package var kind: Kind
        package var name: String
        /// Of a service account.
        package var namespace: String

        package init(_ kind: Kind, _ name: String, namespace: String = "") {
            self.kind = kind
            self.name = name
            self.namespace = namespace
        }
    }

    package struct RoleReference: Sendable, Hashable {
        package enum Kind: String, Sendable { case role = "Role", clusterRole = "ClusterRole" }

        package var kind: Kind
        package var name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package var key: RBACRole.Key
    package var labels: [String: String]
    package var annotations: [String: String]
    package var role: RoleReference
    package var subjects: [Subject]

    package init(
        key: RBACRole.Key, labels: [String: String] = [:], annotations: [String: String] = [:], role: RoleReference,
        subjects: [Subject] = []
    ) {
        self.key = key
        self.labels = labels
        self.annotations = annotations
        self.role = role
        self.subjects = subjects
    }

    /// Where the referenced role is to be found.
    var roleKey: RBACRole.Key {
        RBACRole.Key(namespace: role.kind == .role ? key.namespace : nil, name: role.name)
    }
}

/// A label selector, as aggregated ClusterRoles have it.
package struct RBACLabelSelector: Sendable, Hashable {
    package let value: Value
    private let selector: Selector

    package init(_ value: Value) {
        self.value = value
        // One that cannot be read selects nothing.
        selector = (try? Selector(value)) ?? .nothing
    }

    package init(matchLabels: [String: String]) { self.init(["matchLabels": .stringMap(matchLabels)]) }

    package func matches(_ labels: [String: String]) -> Bool { selector.matches(labels) }
}

extension RBACRule {
    func allows(verb: String) -> Bool { verbs.contains { $0 == "*" || $0 == verb } }

    /// Whether the rule speaks of the resource at all, whatever its name.
    func covers(apiGroup: String, resource: String, subresource: String) -> Bool {
        guard apiGroups.contains(where: { $0 == "*" || $0 == apiGroup }) else { return false }
        return resources.contains { pattern in
            if pattern == "*" { return true }
            if subresource.isEmpty { return pattern == resource }
            return pattern == resource + "/" + subresource || pattern == "*/" + subresource
        }
    }

    func covers(path: String) -> Bool {
        nonResourceURLs.contains { pattern in
            pattern == "*" || pattern == path
                || (pattern.hasSuffix("*") && path.hasPrefix(pattern.trimmingStars))
        }
    }

    /// Whether this rule alone permits the request.
    package func allows(_ attributes: AuthorizationAttributes) -> Bool {
        guard allows(verb: attributes.verb) else { return false }
        guard attributes.isResourceRequest else { return covers(path: attributes.path) }
        return covers(
            apiGroup: attributes.apiGroup, resource: attributes.resource, subresource: attributes.subresource)
            && (resourceNames.isEmpty || resourceNames.contains(attributes.name))
    }
}

extension String {
    /// Without the asterisks at the end.
    var trimmingStars: Substring {
        var text = self[...]
        while text.last == "*" { text.removeLast() }
        return text
    }
}
