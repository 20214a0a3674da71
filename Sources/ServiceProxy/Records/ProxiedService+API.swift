internal import APIMachinery
internal import APITypes

extension ProxiedService {
    /// Says that another proxy serves the Service.
    static let proxyNameLabel = "service.kubernetes.io/service-proxy-name"
    /// The API's default for `sessionAffinityConfig.clientIP.timeoutSeconds`.
    static let affinitySecondsDefault = 10_800

    /// What the proxy needs of the Service; `nil` when there is nothing to proxy.
    init?(_ service: Service) {
        let spec = service.spec
        guard spec.type != "ExternalName", service.metadata.labels[Self.proxyNameLabel] == nil else { return nil }
        let addresses = spec.clusterIPs.isEmpty ? [spec.clusterIP] : spec.clusterIPs
        let clusterIPs = Self.v4(addresses)
        guard !clusterIPs.isEmpty else { return nil }
        self.init(
            namespace: service.metadata.namespace, name: service.metadata.name, clusterIPs: clusterIPs,
            ports: spec.ports.compactMap(Port.init))
        externalIPs = Self.v4(spec.externalIPs)
        loadBalancerIPs = Self.v4(
            service.status.loadBalancer.ingress.filter { $0.ipMode != "Proxy" }.map(\.ip))
        loadBalancerSourceRanges = spec.loadBalancerSourceRanges
            .compactMap { CIDR($0, allowsLeadingZeros: true) }.filter { $0.address.family == .ipv4 }
        externalTrafficPolicy = TrafficPolicy(rawValue: spec.externalTrafficPolicy) ?? .cluster
        internalTrafficPolicy = spec.internalTrafficPolicy.flatMap(TrafficPolicy.init) ?? .cluster
        if spec.sessionAffinity == "ClientIP" {
            let timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
            affinitySeconds = timeout.map(Int.init) ?? Self.affinitySecondsDefault
        }
    }

    static func v4(_ texts: [String]) -> [IPAddress] {
        texts.compactMap { IPAddress($0, allowsLeadingZeros: true) }.filter { $0.family == .ipv4 }
    }
}

extension ProxiedService.Port {
    fileprivate init?(_ port: ServicePort) {
        guard let transport = Transport(api: port.protocol), let number = UInt16(exactly: port.port) else { return nil }
        self.init(name: port.name, transport: transport, port: number, nodePort: UInt16(exactly: port.nodePort) ?? 0)
    }
}

extension Transport {
    /// From the API's `TCP`, `UDP`, `SCTP`; empty means TCP.
    init?(api text: String) {
        guard !text.isEmpty else {
            self = .tcp
            return
        }
        self.init(rawValue: text.lowercased())
    }
}

extension ProxiedSlice {
    static let serviceNameLabel = "kubernetes.io/service-name"

    /// What the proxy needs of the slice; `nil` when it belongs to no Service or is not of IPv4.
    init?(_ slice: EndpointSlice) {
        guard slice.addressType == "IPv4", let serviceName = slice.metadata.labels[Self.serviceNameLabel] else {
            return nil
        }
        let ports = slice.ports.compactMap { port -> Port? in
            guard let number = port.port.flatMap(UInt16.init(exactly:)),
                let transport = Transport(api: port.protocol ?? "")
            else { return nil }
            let endpoints = slice.endpoints.compactMap { ProxiedEndpoint($0, port: number) }
            return Port(name: port.name ?? "", transport: transport, endpoints: endpoints)
        }
        self.init(namespace: slice.metadata.namespace, serviceName: serviceName, ports: ports)
    }
}

extension ProxiedEndpoint {
    /// All addresses of an endpoint are the same pod's; the first is as good as any (upstream's rule).
    fileprivate init?(_ endpoint: Endpoint, port: UInt16) {
        guard let address = ProxiedService.v4(Array(endpoint.addresses.prefix(1))).first else { return nil }
        let isReady = endpoint.conditions.ready ?? true
        self.init(
            address, port: port, nodeName: endpoint.nodeName, isReady: isReady,
            isServing: endpoint.conditions.serving ?? isReady,
            isTerminating: endpoint.conditions.terminating ?? false)
        zoneHints = endpoint.hints?.forZones.map(\.name) ?? []
        nodeHints = endpoint.hints?.forNodes.map(\.name) ?? []
    }
}

extension ProxyNode {
    static let zoneLabel = "topology.kubernetes.io/zone"

    /// Takes over what the Node says of itself.
    mutating func update(from node: Node) {
        zone = node.metadata.labels[Self.zoneLabel] ?? ""
        addresses = ProxiedService.v4(node.status.addresses.map(\.address))
    }
}
