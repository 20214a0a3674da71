/// What the zone has besides Services and pods: its own records, and the end of the chain for its names.
package struct ZoneResolver: DNSResolver {
    /// The version of the specification we follow, which `dns-version` tells.
    static let schemaVersion = "1.1.0"
    static let schemaTTL: UInt32 = 28_800

    private let zone: ClusterZone
    private let index: NameIndex

    package init(_ zone: ClusterZone, _ index: NameIndex) {
        self.zone = zone
        self.index = index
    }

    package func resolve(_ question: DNSQuestion) -> LocalAnswer? {
        guard let labels = zone.labels(of: question.name) else { return nil }
        switch labels {
        case []:
            return apex(question)
        case ["dns-version"]:
            guard question.wants(.txt) else { return .noData }
            let text = RecordData.text([Array(Self.schemaVersion.utf8)])
            return .records([ResourceRecord(question.name, .txt, ttl: Self.schemaTTL, text)])
        case _:
            return .noName
        }
    }

    private func apex(_ question: DNSQuestion) -> LocalAnswer {
        switch question.type {
        case .soa: return .records([authority])
        case .ns:
            guard let server = zone.name("ns", "dns") else { return .noData }
            return .records([ResourceRecord(question.name, .ns, ttl: ClusterZone.ttl, .name(server))])
        case _: return .noData
        }
    }

    /// The SOA record, which also says for how long the absence of something may be believed.
    var authority: ResourceRecord {
        let data = ZoneAuthority(
            server: zone.name("ns", "dns") ?? zone.name, mailbox: zone.name("hostmaster") ?? zone.name,
            serial: index.serial, refresh: 7_200, retry: 1_800, expire: 86_400, minimum: ClusterZone.ttl)
        return ResourceRecord(zone.name, .soa, ttl: ClusterZone.ttl, .authority(data))
    }
}
