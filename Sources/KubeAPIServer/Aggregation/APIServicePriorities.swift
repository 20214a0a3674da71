package import APIMachinery

/// Which groups, and which versions in a group, clients should prefer: the highest number (upstream's table).
package struct APIServicePriority: Sendable, Equatable {
    package let group: Int
    package let version: Int

    package init(group: Int, version: Int) {
        self.group = group
        self.version = version
    }

    /// What the definitions of custom resources get.
    package static let custom = APIServicePriority(group: 1000, version: 100)
    /// Higher than any that may be asked for, so that the group of APIServices itself comes first.
    package static let registrationGroup = 20_001

    private static let groups: [String: Int] = [
        "": 18000, "apps": 17800, "events.k8s.io": 17750, "authentication.k8s.io": 17700,
        "authorization.k8s.io": 17600, "autoscaling": 17500, "batch": 17400, "certificates.k8s.io": 17300,
        "networking.k8s.io": 17200, "policy": 17100, "rbac.authorization.k8s.io": 17000, "storage.k8s.io": 16800,
        "apiextensions.k8s.io": 16700, "admissionregistration.k8s.io": 16700, "scheduling.k8s.io": 16600,
        "coordination.k8s.io": 16500, "node.k8s.io": 16300, "discovery.k8s.io": 16200,
        "flowcontrol.apiserver.k8s.io": 16100, "internal.apiserver.k8s.io": 16000, "resource.k8s.io": 15900,
        "storagemigration.k8s.io": 15800,
    ]

    /// Those that are not 15 when stable, 9 when beta and 1 when alpha.
    private static let versions: [String: Int] = [
        "v1": 1, "autoscaling/v2": 30, "flowcontrol.apiserver.k8s.io/v1": 21, "resource.k8s.io/v1": 20,
        "resource.k8s.io/v1beta2": 15, "admissionregistration.k8s.io/v1beta1": 12,
        "admissionregistration.k8s.io/v1alpha1": 9, "coordination.k8s.io/v1beta1": 13,
        "coordination.k8s.io/v1alpha2": 12, "internal.apiserver.k8s.io/v1alpha1": 9, "networking.k8s.io/v1beta1": 12,
        "resource.k8s.io/v1alpha3": 9, "scheduling.k8s.io/v1alpha2": 9,
    ]

    /// Metrics come last, so that `pods` is never theirs.
    private static let last: Set<String> = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"]

    /// Of a group version that nobody has registered.
    package static func usual(_ groupVersion: GroupVersion) -> APIServicePriority {
        if groupVersion.group == "apiregistration.k8s.io" {
            return APIServicePriority(group: registrationGroup, version: 0)
        }
        if last.contains(groupVersion.group) { return APIServicePriority(group: 100, version: 100) }
        return builtin(groupVersion) ?? .custom
    }

    /// `nil` for a group that is not built in.
    package static func builtin(_ groupVersion: GroupVersion) -> APIServicePriority? {
        guard let group = groups[groupVersion.group] else { return nil }
        let name = groupVersion.version
        let usual = name.contains("alpha") ? 1 : name.contains("beta") ? 9 : 15
        return APIServicePriority(group: group, version: versions[groupVersion.description] ?? usual)
    }
}
