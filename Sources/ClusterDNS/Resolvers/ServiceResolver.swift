internal import APIMachinery

/// Names of Services and of the endpoints behind them (Kubernetes DNS specification 1.1.0, 2.3 to 2.5).
///
///     web.shop.svc.cluster.local              A, AAAA: cluster addresses, or endpoints if headless; or CNAME
///     _http._tcp.web.shop.svc.cluster.local   SRV: the port, and where
///     host.web.shop.svc.cluster.local         A, AAAA: one endpoint
package struct ServiceResolver: DNSResolver {
    private let zone: ClusterZone
    private let index: NameIndex

    package init(_ zone: ClusterZone, _ index: NameIndex) {
        self.zone = zone
        self.index = index
    }

    package func resolve(_ question: DNSQuestion) -> LocalAnswer? {
        guard let labels = zone.labels(of: question.name), labels.last == "svc" else { return nil }
        let path = Array(labels.dropLast().reversed())
        switch path.count {
        case 0: return .noData
        case 1: return index.hasNamespace(path[0]) ? .noData : .noName
        case _: break
        }
        guard let entry = index.entry(namespace: path[0], name: path[1]) else { return .noName }
        switch path.count {
        case 2: return service(entry, question)
        case 3 where path[2].hasPrefix("_"): return hasPort(entry, transport: path[2]) ? .noData : .noName
        case 3: return endpoint(entry, path[2], question)
        case 4: return port(entry, name: path[3], transport: path[2], question)
        case _: return .noName
        }
    }

    /// The name of the Service itself.
    private func service(_ entry: NameIndex.Entry, _ question: DNSQuestion) -> LocalAnswer {
        switch entry.service.target {
        case .external(let target):
            return external(target, question)
        case .endpoints where entry.endpoints.isEmpty:
            return .noName
        case .endpoints, .clusterIPs:
            if question.type == .srv { return located(entry, question) { _ in true } }
            return addresses(addresses(of: entry), question)
        }
    }

    private func addresses(of entry: NameIndex.Entry) -> [IPAddress] {
        switch entry.service.target {
        case .clusterIPs(let addresses): addresses
        case .endpoints: entry.endpoints.map(\.address)
        case .external: []
        }
    }

    private func endpoint(_ entry: NameIndex.Entry, _ hostname: String, _ question: DNSQuestion) -> LocalAnswer {
        guard let endpoints = entry.byHostname[hostname] else { return .noName }
        return addresses(endpoints.map(\.address), question)
    }

    private func port(
        _ entry: NameIndex.Entry, name: String, transport: String, _ question: DNSQuestion
    ) -> LocalAnswer {
        guard name.hasPrefix("_"), transport.hasPrefix("_") else { return .noName }
        let (name, transport) = (name.dropFirst(), transport.dropFirst())
        return located(entry, question) { !$0.name.isEmpty && $0.name == name && $0.transport == transport }
    }

    private func hasPort(_ entry: NameIndex.Entry, transport: String) -> Bool {
        let ports = entry.service.ports + entry.endpoints.flatMap(\.ports)
        return ports.contains { $0.transport == transport.dropFirst() }
    }

    /// SRV records for the ports that are wanted; the name exists if there is any.
    private func located(
        _ entry: NameIndex.Entry, _ question: DNSQuestion, wanted: (NamedPort) -> Bool
    ) -> LocalAnswer {
        var targets: [(name: DNSName, port: UInt16, address: IPAddress)] = []
        guard let serviceName = zone.serviceName(entry.service) else { return .noName }
        switch entry.service.target {
        case .external: return .noName
        case .clusterIPs(let addresses):
            for port in entry.service.ports where wanted(port) {
                for address in addresses { targets.append((serviceName, port.port, address)) }
            }
        case .endpoints:
            for endpoint in entry.endpoints {
                guard let name = DNSName(labels: [endpoint.hostname])?.appending(serviceName) else { continue }
                for port in endpoint.ports where wanted(port) { targets.append((name, port.port, endpoint.address)) }
            }
        }
        guard !targets.isEmpty else { return .noName }
        guard question.type == .srv || question.type == .any else {
            return addresses(targets.map(\.address), question)
        }
        let ttl = ClusterZone.ttl
        let weight = UInt16(max(1, 100 / targets.count))
        let records = targets.map {
            let data = RecordData.service(priority: 0, weight: weight, port: $0.port, $0.name)
            return ResourceRecord(question.name, .srv, ttl: ttl, data)
        }
        let additionals = targets.map { ResourceRecord.address($0.name, ttl: ttl, $0.address) }
        return .records(Self.distinct(records), additionals: Self.distinct(additionals))
    }

    private func addresses(_ addresses: [IPAddress], _ question: DNSQuestion) -> LocalAnswer {
        let wanted = addresses.filter { question.wants($0.family == .ipv4 ? .a : .aaaa) }
        guard !wanted.isEmpty else { return .noData }
        return .records(Self.distinct(wanted.map { .address(question.name, ttl: ClusterZone.ttl, $0) }))
    }

    private func external(_ target: String, _ question: DNSQuestion) -> LocalAnswer {
        if let address = IPAddress(target) { return addresses([address], question) }
        guard let target = DNSName(target) else { return .noName }
        let record = ResourceRecord(question.name, .cname, ttl: ClusterZone.ttl, .name(target))
        return question.type == .cname ? .records([record]) : .alias(record, target: target)
    }

    private static func distinct(_ records: [ResourceRecord]) -> [ResourceRecord] {
        var seen: Set<ResourceRecord> = []
        return records.filter { seen.insert($0).inserted }
    }
}
