/// The labels that a kubelet may put on its own Node.
enum NodeLabels {
    /// The labels that would change and that only administrators may change, sorted: everything in
    /// `node-restriction.kubernetes.io`, and what is in `kubernetes.io` or `k8s.io` without being a kubelet's.
    static func forbidden(changing old: [String: String], to new: [String: String]) -> [String] {
        Set(old.keys).union(new.keys).filter { old[$0] != new[$0] && isForbidden($0) }.sorted()
    }

    private static func isForbidden(_ label: String) -> Bool {
        guard let slash = label.firstIndex(of: "/") else { return false }
        let namespace = label[..<slash]
        if belongs(namespace, to: "node-restriction.kubernetes.io") { return true }
        guard belongs(namespace, to: "kubernetes.io") || belongs(namespace, to: "k8s.io") else { return false }
        return !kubeletLabels.contains(label) && !kubeletNamespaces.contains { belongs(namespace, to: $0) }
    }

    private static func belongs(_ namespace: Substring, to domain: String) -> Bool {
        namespace == domain || namespace.hasSuffix("." + domain)
    }

    private static let kubeletNamespaces = ["kubelet.kubernetes.io", "node.kubernetes.io"]

    private static let kubeletLabels: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch",
        "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "node.kubernetes.io/instance-type",
        "node.kubernetes.io/windows-build",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "failure-domain.kubernetes.io/zone", "failure-domain.kubernetes.io/region",
        "beta.kubernetes.io/instance-type", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    ]
}
