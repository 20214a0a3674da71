internal import APIMachinery

/// Names of addresses: `10.0.96.10.in-addr.arpa` leads back to a Service, or to an endpoint of a headless one.
///
/// Addresses that nobody in the cluster has are not ours to deny; the next resolver may know them.
package struct ReverseResolver: DNSResolver {
    private let zone: ClusterZone
    private let index: NameIndex

    package init(_ zone: ClusterZone, _ index: NameIndex) {
        self.zone = zone
        self.index = index
    }

    package func resolve(_ question: DNSQuestion) -> LocalAnswer? {
        guard let address = Self.address(question.name) else { return nil }
        let names = index.owners(of: address).compactMap(name)
        guard !names.isEmpty else { return nil }
        guard question.wants(.ptr) else { return .noData }
        return .records(names.map { ResourceRecord(question.name, .ptr, ttl: ClusterZone.ttl, .name($0)) })
    }

    private func name(_ owner: NameIndex.Owner) -> DNSName? {
        switch owner {
        case .service(let key): zone.name(key.name, key.namespace, "svc")
        case .endpoint(let hostname, let key): zone.name(hostname, key.name, key.namespace, "svc")
        }
    }

    private static func address(_ name: DNSName) -> IPAddress? {
        let labels = name.labels
        if labels.count == 6, labels.suffix(2) == ["in-addr", "arpa"] {
            return IPAddress(labels.prefix(4).reversed().joined(separator: "."))
        }
        if labels.count == 34, labels.suffix(2) == ["ip6", "arpa"] {
            var bits: UInt128 = 0
            for label in labels.prefix(32).reversed() {
                guard label.utf8.count == 1, let nibble = UInt128(label, radix: 16) else { return nil }
                bits = bits << 4 | nibble
            }
            return IPAddress(ipv6: bits)
        }
        return nil
    }
}
