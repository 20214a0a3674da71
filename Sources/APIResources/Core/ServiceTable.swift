internal import APIMachinery
internal import APIRegistry

/// What `kubectl get services` shows.
enum ServiceTable {
    static let columns: [TableColumn] = [
        .name,
        .text("Type", "How far the service is exposed.") { $0.text("spec", "type") },
        .text("Cluster-IP", "The virtual address inside the cluster.") { service in
            (service.texts("spec", "clusterIPs").first ?? service.text("spec", "clusterIP")).orNone
        },
        .text("External-IP", "The addresses by which the service is reached from outside.", cell: external),
        .text("Port(s)", "The ports, with the nodes' ports and the protocols.") { service in
            service.items("spec", "ports").map(port).joined(separator: ",").orNone
        },
        .age,
        .text("Selector", "Which pods answer.", wide: true) { SelectorText.labels($0[path: "spec", "selector"]) },
    ]

    private static func port(_ port: Value) -> String {
        let node = port.number("nodePort")
        return "\(port.number("port"))\(node > 0 ? ":\(node)" : "")/\(port.text("protocol"))"
    }

    private static func external(_ service: Value) -> String {
        let own = service.texts("spec", "externalIPs")
        switch service.text("spec", "type") {
        case "ClusterIP", "NodePort": return own.joined(separator: ",").orNone
        case "LoadBalancer": return (loadBalancer(service) + own).joined(separator: ",").or("<pending>")
        case "ExternalName": return service.text("spec", "externalName")
        case _: return "<unknown>"
        }
    }

    /// Addresses, or else names, of the points where a load balancer lets traffic in.
    static func loadBalancer(_ object: Value) -> [String] {
        let points = object.items("status", "loadBalancer", "ingress").map { $0.text("ip").or($0.text("hostname")) }
        return Set(points).subtracting([""]).sorted()
    }
}
