package import APIMachinery

/// A Service as far as it has names.
package struct NamedService: Hashable, Sendable {
    /// What the Service's own name stands for.
    package enum Target: Hashable, Sendable {
        case clusterIPs([IPAddress])
        /// The addresses of its endpoints.
        case endpoints
        /// Another name, of the type ExternalName.
        case external(String)
    }

    package var namespace: String
    package var name: String
    package var target: Target
    package var ports: [NamedPort]
    /// Endpoints are named also while they are not ready.
    package var publishNotReadyAddresses: Bool

    package init(
        namespace: String, name: String, target: Target, ports: [NamedPort] = [],
        publishNotReadyAddresses: Bool = false
    ) {
        self.namespace = namespace
        self.name = name
        self.target = target
        self.ports = ports
        self.publishNotReadyAddresses = publishNotReadyAddresses
    }
}

/// A port, for SRV records. Only those with a name have a name of their own.
package struct NamedPort: Hashable, Sendable {
    package var name: String
    /// In lower case: `tcp`, `udp`, `sctp`.
    package var transport: String
    package var port: UInt16

    package init(name: String, transport: String, port: UInt16) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}

/// An EndpointSlice as far as its endpoints have names.
package struct NamedSlice: Hashable, Sendable {
    package struct Endpoint: Hashable, Sendable {
        package var addresses: [IPAddress]
        /// Empty when the pod has none; then the address makes one.
        package var hostname: String
        package var isReady: Bool

        package init(_ addresses: [IPAddress], hostname: String = "", isReady: Bool = true) {
            self.addresses = addresses
            self.hostname = hostname
            self.isReady = isReady
        }
    }

    package var namespace: String
    package var name: String
    /// From the label `kubernetes.io/service-name`.
    package var serviceName: String
    package var endpoints: [Endpoint]
    package var ports: [NamedPort]

    package init(namespace: String, name: String, serviceName: String, endpoints: [Endpoint], ports: [NamedPort] = []) {
        self.namespace = namespace
        self.name = name
        self.serviceName = serviceName
        self.endpoints = endpoints
        self.ports = ports
    }
}
