package import APIMachinery

/// One address that stands behind a port of a Service, from any of its EndpointSlices.
package struct ProxiedEndpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16
    /// The node that runs it; `nil` when it is none of the cluster's.
    package var nodeName: String?
    /// `ready`: unset counts as true.
    package var isReady: Bool
    /// `serving`: unset counts as `isReady`.
    package var isServing: Bool
    package var isTerminating: Bool
    /// `hints.forZones` and `hints.forNodes`: who should prefer this endpoint.
    package var zoneHints: [String] = []
    package var nodeHints: [String] = []

    package init(
        _ address: IPAddress, port: UInt16, nodeName: String? = nil, isReady: Bool = true, isServing: Bool = true,
        isTerminating: Bool = false
    ) {
        self.address = address
        self.port = port
        self.nodeName = nodeName
        self.isReady = isReady
        self.isServing = isServing
        self.isTerminating = isTerminating
    }
}

/// One EndpointSlice, cut to what the proxy needs.
package struct ProxiedSlice: Hashable, Sendable {
    /// The endpoints of one port of the slice. A slice lists its ports once for all of its endpoints.
    package struct Port: Hashable, Sendable {
        package var name: String
        package var transport: Transport
        package var endpoints: [ProxiedEndpoint]

        package init(name: String = "", transport: Transport = .tcp, endpoints: [ProxiedEndpoint]) {
            self.name = name
            self.transport = transport
            self.endpoints = endpoints
        }
    }

    /// Names the Service, from the label `kubernetes.io/service-name`.
    package var namespace: String
    package var serviceName: String
    package var ports: [Port]

    package init(namespace: String, serviceName: String, ports: [Port]) {
        self.namespace = namespace
        self.serviceName = serviceName
        self.ports = ports
    }
}
