internal import APITypes

/// A port of the node that a pod takes.
package struct HostPort: Sendable, Hashable {
    package let address: String
    package let networkProtocol: String
    package let port: Int32

    package init(address: String, networkProtocol: String, port: Int32) {
        self.address = address.isEmpty ? Self.anyAddress : address
        self.networkProtocol = networkProtocol.isEmpty ? "TCP" : networkProtocol
        self.port = port
    }

    static let anyAddress = "0.0.0.0"

    /// Whether two pods cannot have both: the wildcard address takes the port on every address.
    func conflicts(with other: HostPort) -> Bool {
        guard port == other.port, networkProtocol == other.networkProtocol else { return false }
        return address == other.address || address == Self.anyAddress || other.address == Self.anyAddress
    }

    static func of(_ spec: PodSpec) -> [HostPort] {
        var ports: [HostPort] = []
        let containers = spec.containers + spec.initContainers.filter { $0.restartPolicy == "Always" }
        for container in containers {
            for port in container.ports where port.hostPort > 0 {
                ports.append(HostPort(address: port.hostIP, networkProtocol: port.protocol, port: port.hostPort))
            }
        }
        return ports
    }
}
