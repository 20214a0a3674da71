package import APIMachinery

/// The roles and bindings that a new cluster begins with, and that every start completes: upstream's
/// (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`, v1.36, feature gates at their defaults), and ours.
package enum BootstrapPolicy {
    /// All roles, by kind and name.
    package static let roles: [RBACRole] =
        PolicyTable.roles(clusterRoles) + PolicyTable.roles(controllerRoles, prefix: "system:controller:")
        + PolicyTable.roles(namespacedRoles)

    /// All bindings: the tables', and one for every controller's service account.
    package static let bindings: [RBACBinding] =
        PolicyTable.bindings(clusterBindings) + controllerBindings + PolicyTable.bindings(namespacedBindings)

    /// Roles and bindings as API objects, roles first and with their collected rules, so that a new cluster need not
    /// wait for a controller.
    package static var objects: [Value] { RoleAggregationPlan.settled(roles).map(\.value) + bindings.map(\.value) }

    /// What every kubelet may do, apart from what the node authorizer looks at more closely.
    package static let nodeRules: [RBACRule] = roles.first { $0.key.name == "system:node" }?.rules ?? []

    static let labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
    static let annotations = [autoUpdateAnnotation: "true"]

    /// An object whose annotation says `false` is left alone.
    static let autoUpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate"

    private static let controllerBindings: [RBACBinding] = PolicyTable.roles(controllerRoles, prefix: "").map { role in
        let name = "system:controller:" + role.key.name
        return RBACBinding(
            key: .init(name: name), labels: labels, annotations: annotations, role: .init(.clusterRole, name),
            subjects: [.init(.serviceAccount, role.key.name, namespace: "kube-system")])
    }
}
