package import APIMachinery

/// All that decides the rules of one node.
package struct ProxySnapshot: Sendable {
    package var node: ProxyNode
    package var services: [ProxiedService]
    package var slices: [ProxiedSlice]

    package init(node: ProxyNode, services: [ProxiedService], slices: [ProxiedSlice]) {
        self.node = node
        self.services = services
        self.slices = slices
    }
}

/// The node whose rules are planned.
package struct ProxyNode: Hashable, Sendable {
    package var name: String
    /// The label `topology.kubernetes.io/zone`; empty when unknown.
    package var zone: String
    /// IPv4 addresses of the node; they decide whether a firewalled load balancer lets the node itself in.
    package var addresses: [IPAddress]
    /// Where pods get their addresses: traffic from elsewhere is masqueraded. Empty means unknown.
    package var clusterCIDRs: [CIDR]

    package init(name: String, zone: String = "", addresses: [IPAddress] = [], clusterCIDRs: [CIDR] = []) {
        self.name = name
        self.zone = zone
        self.addresses = addresses
        self.clusterCIDRs = clusterCIDRs
    }
}
