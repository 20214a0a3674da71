internal import APIMachinery
internal import APITypes

extension RoutedNode {
    /// What others need of the Node.
    init(_ node: Node) {
        let podCIDRs = node.spec.podCIDRs.isEmpty ? [node.spec.podCIDR] : node.spec.podCIDRs
        self.init(
            name: node.metadata.name,
            internalIPs: node.status.addresses.filter { $0.type == "InternalIP" }
                .compactMap { IPAddress($0.address) }.filter { $0.family == .ipv4 },
            podCIDRs: podCIDRs.compactMap { CIDR($0) }.filter { $0.address.family == .ipv4 })
    }
}
