package import APITypes

/// The variables that tell a container about services (`REDIS_SERVICE_HOST`, `REDIS_PORT_6379_TCP`, ...).
package enum ServiceEnvironment {
    /// - Parameter services: Those that the pod may see; others are passed over.
    package static func variables(_ services: [Service], namespace: String, enableLinks: Bool) -> [String: String] {
        var variables: [String: String] = [:]
        for service in services.sorted(by: { $0.metadata.name < $1.metadata.name }) where isVisible(service) {
            let isMaster = service.metadata.namespace == "default" && service.metadata.name == "kubernetes"
            guard isMaster || (enableLinks && service.metadata.namespace == namespace) else { continue }
            // A service of the pod's own namespace counts more than the cluster's.
            if isMaster, namespace != "default", enableLinks,
                services.contains(where: {
                    $0.metadata.namespace == namespace && $0.metadata.name == "kubernetes" && isVisible($0)
                })
            {
                continue
            }
            add(service, to: &variables)
        }
        return variables
    }

    private static func isVisible(_ service: Service) -> Bool {
        !service.spec.clusterIP.isEmpty && service.spec.clusterIP != "None"
    }

    private static func add(_ service: Service, to variables: inout [String: String]) {
        let name = variableName(service.metadata.name)
        let host = service.spec.clusterIP
        variables["\(name)_SERVICE_HOST"] = host
        guard let first = service.spec.ports.first else { return }
        variables["\(name)_SERVICE_PORT"] = String(first.port)
        for port in service.spec.ports where !port.name.isEmpty {
            variables["\(name)_SERVICE_PORT_\(variableName(port.name))"] = String(port.port)
        }
        let bracketed = host.contains(":") ? "[\(host)]" : host
        for (index, port) in service.spec.ports.enumerated() {
            let transport = port.protocol.isEmpty ? "TCP" : port.protocol
            let prefix = "\(name)_PORT_\(port.port)_\(transport.uppercased())"
            let url = "\(transport.lowercased())://\(bracketed):\(port.port)"
            if index == 0 { variables["\(name)_PORT"] = url }
            variables[prefix] = url
            variables["\(prefix)_PROTO"] = transport.lowercased()
            variables["\(prefix)_PORT"] = String(port.port)
            variables["\(prefix)_ADDR"] = host
        }
    }

    private static func variableName(_ name: String) -> String {
        String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}
