internal import APIMachinery

/// Names made of an address, `10-244-0-7.shop.pod.cluster.local`: whoever knows the address gets it back.
///
/// As CoreDNS with `pods insecure`: it is not checked that such a pod exists, only the namespace.
package struct PodNameResolver: DNSResolver {
    private let zone: ClusterZone
    private let index: NameIndex

    package init(_ zone: ClusterZone, _ index: NameIndex) {
        self.zone = zone
        self.index = index
    }

    package func resolve(_ question: DNSQuestion) -> LocalAnswer? {
        guard let labels = zone.labels(of: question.name), labels.last == "pod" else { return nil }
        guard labels.count > 1 else { return .noData }
        guard labels.count <= 3, index.hasNamespace(labels[labels.count - 2]) else { return .noName }
        guard labels.count == 3 else { return .noData }
        guard let address = Self.address(labels[0]) else { return .noName }
        guard question.wants(address.family == .ipv4 ? .a : .aaaa) else { return .noData }
        return .records([.address(question.name, ttl: ClusterZone.ttl, address)])
    }

    /// Three dashes make an address of IPv4, everything else one of IPv6.
    private static func address(_ label: String) -> IPAddress? {
        let isV4 = label.count(where: { $0 == "-" }) == 3 && !label.contains("--")
        return IPAddress(String(label.map { $0 == "-" ? (isV4 ? "." : ":") : $0 }))
    }
}
