internal import APIMachinery
internal import APITypes

extension NamedService {
    /// The Service's names; `nil` while it has no address yet.
    init?(_ service: Service) {
        let spec = service.spec
        let target: Target
        switch (spec.type, spec.clusterIP) {
        case ("ExternalName", _): target = .external(spec.externalName)
        case (_, "None"): target = .endpoints
        case (_, let address):
            let addresses = (spec.clusterIPs.isEmpty ? [address] : spec.clusterIPs).compactMap { IPAddress($0) }
            guard !addresses.isEmpty else { return nil }
            target = .clusterIPs(addresses)
        }
        self.init(
            namespace: service.metadata.namespace, name: service.metadata.name, target: target,
            ports: spec.ports.compactMap { NamedPort(name: $0.name, protocol: $0.protocol, port: $0.port) },
            publishNotReadyAddresses: spec.publishNotReadyAddresses)
    }
}

extension NamedSlice {
    static let serviceNameLabel = "kubernetes.io/service-name"

    /// The names of the slice's endpoints; `nil` when it belongs to no Service.
    init?(_ slice: EndpointSlice) {
        guard let serviceName = slice.metadata.labels[Self.serviceNameLabel] else { return nil }
        self.init(
            namespace: slice.metadata.namespace, name: slice.metadata.name, serviceName: serviceName,
            endpoints: slice.endpoints.map { endpoint in
                Endpoint(
                    endpoint.addresses.compactMap { IPAddress($0) }, hostname: endpoint.hostname ?? "",
                    isReady: endpoint.conditions.ready ?? true)
            },
            ports: slice.ports.compactMap { port in
                port.port.flatMap { NamedPort(name: port.name ?? "", protocol: port.protocol ?? "", port: $0) }
            })
    }
}

extension NamedPort {
    /// An empty protocol means TCP.
    fileprivate init?(name: String, protocol: String, port: Int32) {
        guard let port = UInt16(exactly: port) else { return nil }
        self.init(name: name.lowercased(), transport: `protocol`.isEmpty ? "tcp" : `protocol`.lowercased(), port: port)
    }
}
