package import APIMachinery

/// What the proxy needs to know of one Service.
package struct ProxiedService: Hashable, Sendable {
    /// Which endpoints a kind of traffic may reach.
    package enum TrafficPolicy: String, Hashable, Sendable {
        case cluster = "Cluster"
        case local = "Local"
    }

    /// One port of the Service.
    package struct Port: Hashable, Sendable {
        package var name: String
        package var transport: Transport
        package var port: UInt16
        /// Zero when the port is not open on nodes.
        package var nodePort: UInt16

        package init(name: String = "", transport: Transport = .tcp, port: UInt16, nodePort: UInt16 = 0) {
            self.name = name
            self.transport = transport
            self.port = port
            self.nodePort = nodePort
        }
    }

    package var namespace: String
    package var name: String
    /// IPv4 addresses only; empty for headless Services.
    package var clusterIPs: [IPAddress]
    package var externalIPs: [IPAddress] = []
    /// From `status.loadBalancer`, without those of `ipMode: Proxy`.
    package var loadBalancerIPs: [IPAddress] = []
    /// Who may use the load balancer addresses; empty means everybody.
    package var loadBalancerSourceRanges: [CIDR] = []
    package var ports: [Port]
    package var externalTrafficPolicy = TrafficPolicy.cluster
    package var internalTrafficPolicy = TrafficPolicy.cluster
    /// How long a client stays with its endpoint after its last connection; `nil` without `ClientIP` affinity.
    package var affinitySeconds: Int?

    package init(namespace: String, name: String, clusterIPs: [IPAddress], ports: [Port]) {
        self.namespace = namespace
        self.name = name
        self.clusterIPs = clusterIPs
        self.ports = ports
    }
}

/// The protocols a Service can carry, by nftables' names.
package enum Transport: String, Hashable, Sendable, CaseIterable {
    case tcp, udp, sctp
}
