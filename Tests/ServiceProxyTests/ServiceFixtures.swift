import APIMachinery
import ServiceProxy

/// One Service `ns/web` on 10.96.0.1:80, seen from node `n1` (192.168.0.1, pods 10.244.1.x of 10.244.0.0/16).
struct ServiceFixture {
    var service: ProxiedService
    var endpoints: [ProxiedEndpoint] = []
    var node: ProxyNode
    let transport: Transport

    init(_ transport: Transport = .tcp, nodePort: UInt16 = 0) throws {
        self.transport = transport
        service = ProxiedService(
            namespace: "ns", name: "web", clusterIPs: [try address("10.96.0.1")],
            ports: [.init(name: "http", transport: transport, port: 80, nodePort: nodePort)])
        node = ProxyNode(
            name: "n1", zone: "a", addresses: [try address("192.168.0.1")],
            clusterCIDRs: [try block("10.244.0.0/16")])
    }

    mutating func add(
        _ text: String, on nodeName: String, ready: Bool = true, serving: Bool = true, terminating: Bool = false
    ) throws {
        endpoints.append(
            ProxiedEndpoint(
                try address(text), port: 8080, nodeName: nodeName, isReady: ready, isServing: serving,
                isTerminating: terminating))
    }

    var snapshot: ProxySnapshot {
        let slice = ProxiedSlice(
            namespace: "ns", serviceName: "web",
            ports: [.init(name: "http", transport: transport, endpoints: endpoints)])
        return ProxySnapshot(node: node, services: [service], slices: [slice])
    }

    var plan: RulePlan { RulePlan(snapshot) }

    func tracer() throws -> PacketTracer {
        try PacketTracer(plan.table, localAddresses: ["192.168.0.1", "127.0.0.1", "10.244.1.1"])
    }
}

extension ProxySnapshot {
    /// `count` Services with three endpoints each, seen from node `n1`.
    static func large(_ count: Int) throws -> ProxySnapshot {
        let clusterIPs = try block("10.96.0.0/12")
        let podIPs = try block("10.244.0.0/16")
        var services: [ProxiedService] = []
        var slices: [ProxiedSlice] = []
        for index in 0..<count {
            let clusterIP = clusterIPs.address.advanced(by: UInt128(index + 1))
            let endpoints = (1...3).map { podIPs.address.advanced(by: UInt128(index * 3 + $0)) }
            services.append(
                ProxiedService(
                    namespace: "ns", name: "web-\(index)", clusterIPs: [clusterIP], ports: [.init(port: 80)]))
            slices.append(
                ProxiedSlice(
                    namespace: "ns", serviceName: "web-\(index)",
                    ports: [.init(endpoints: endpoints.map { ProxiedEndpoint($0, port: 8080, nodeName: "n2") })]))
        }
        return ProxySnapshot(
            node: ProxyNode(name: "n1", clusterCIDRs: [podIPs]), services: services, slices: slices)
    }
}
