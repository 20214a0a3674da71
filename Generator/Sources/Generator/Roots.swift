/// The types that get Swift structs, with everything that they refer to.
enum Roots {
    /// Of these groups the served kinds in the version that clients prefer.
    private static let groups = [
        "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
        "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
        "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "networking.k8s.io", "node.k8s.io", "policy",
        "rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
    ]

    /// Beside them.
    private static let others = [
        "authentication/v1.TokenRequest", "autoscaling/v1.Scale", "meta/v1.APIGroup", "meta/v1.APIGroupList",
        "meta/v1.APIResourceList", "meta/v1.APIVersions", "meta/v1.Condition", "meta/v1.DeleteOptions",
        "meta/v1.LabelSelector", "meta/v1.ListMeta", "meta/v1.ObjectMeta", "meta/v1.OwnerReference",
        "meta/v1.PartialObjectMetadata", "meta/v1.Status", "meta/v1.Table", "metrics/v1beta1.NodeMetrics",
        "metrics/v1beta1.PodMetrics", "policy/v1.Eviction",
    ]

    static func types(_ tables: Tables) -> [String] {
        var roots = others
        for group in groups {
            guard let preferred = tables.kinds.first(where: { $0.group == group && $0.isServedByDefault }) else {
                fatalError("group \(group) is not served")
            }
            roots += tables.kinds.filter {
                $0.group == group && $0.version == preferred.version && $0.isServedByDefault
            }.map(\.type)
        }
        return roots
    }
}
