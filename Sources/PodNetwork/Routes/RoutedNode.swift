package import APIMachinery

/// A node as the others see it: how to reach it, and which pods it has.
package struct RoutedNode: Hashable, Sendable {
    package var name: String
    /// Of the addresses of type `InternalIP`, those of IPv4.
    package var internalIPs: [IPAddress]
    /// From `spec.podCIDRs`, IPv4 only.
    package var podCIDRs: [CIDR]

    package init(name: String, internalIPs: [IPAddress], podCIDRs: [CIDR]) {
        self.name = name
        self.internalIPs = internalIPs
        self.podCIDRs = podCIDRs
    }
}
