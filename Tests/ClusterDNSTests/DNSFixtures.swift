import APIMachinery
import ClusterDNS
import Testing

func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }
func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

/// A small cluster: a Service with a cluster address, a headless one, an external one, two dual-stack oddities.
func sampleIndex() throws -> NameIndex {
    let index = NameIndex()
    for namespace in ["default", "shop"] { index.addNamespace(namespace) }
    index.set(
        NamedService(
            namespace: "default", name: "kubernetes", target: .clusterIPs([try address("10.96.0.1")]),
            ports: [NamedPort(name: "https", transport: "tcp", port: 443)]))
    index.set(
        NamedService(
            namespace: "shop", name: "web", target: .clusterIPs([try address("10.96.0.7"), try address("fd00::7")]),
            ports: [
                NamedPort(name: "http", transport: "tcp", port: 80), NamedPort(name: "", transport: "udp", port: 99),
            ]))
    index.set(NamedService(namespace: "shop", name: "db", target: .endpoints))
    index.set(
        NamedSlice(
            namespace: "shop", name: "db-1", serviceName: "db",
            endpoints: [
                .init([try address("10.244.1.5")], hostname: "db-0"), .init([try address("10.244.1.6")]),
                .init([try address("10.244.1.7")], hostname: "db-2", isReady: false),
            ],
            ports: [NamedPort(name: "sql", transport: "tcp", port: 5432)]))
    index.set(NamedService(namespace: "shop", name: "empty", target: .endpoints))
    index.set(
        NamedService(namespace: "shop", name: "early", target: .endpoints, publishNotReadyAddresses: true))
    index.set(
        NamedSlice(
            namespace: "shop", name: "early-1", serviceName: "early",
            endpoints: [.init([try address("10.244.1.8")], isReady: false)]))
    index.set(NamedService(namespace: "shop", name: "out", target: .external("www.example.com")))
    index.set(NamedService(namespace: "shop", name: "in", target: .external("web.shop.svc.cluster.local")))
    index.set(NamedService(namespace: "shop", name: "loop", target: .external("loop.shop.svc.cluster.local")))
    return index
}

extension ResourceRecord: CustomTestStringConvertible {
    public var testDescription: String { text }

    /// As in a zone file, without name and class: `5 A 10.0.0.1`.
    var text: String {
        switch data {
        case .address(let address): "\(ttl) \(type) \(address)"
        case .name(let target): "\(ttl) \(type) \(target)"
        case .mail(let preference, let target): "\(ttl) \(type) \(preference) \(target)"
        case .service(let priority, let weight, let port, let target):
            "\(ttl) \(type) \(priority) \(weight) \(port) \(target)"
        case .text(let strings): "\(ttl) \(type) \(strings.map { String(decoding: $0, as: UTF8.self) })"
        case .authority(let zone): "\(ttl) \(type) \(zone.server) \(zone.minimum)"
        case .other(let bytes): "\(ttl) \(type) \(bytes)"
        }
    }
}
