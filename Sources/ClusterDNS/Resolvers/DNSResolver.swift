/// Knows some names. Answers from memory, at once.
package protocol DNSResolver: Sendable {
    /// What is known of the name; `nil` when it is none of ours, and the next resolver shall be asked.
    func resolve(_ question: DNSQuestion) -> LocalAnswer?
}

/// What a resolver knows of a name.
package enum LocalAnswer: Equatable, Sendable {
    /// The records asked for, and some that may be asked for next.
    case records([ResourceRecord], additionals: [ResourceRecord] = [])
    /// The name exists, but has no record of that type.
    case noData
    /// There is no such name.
    case noName
    /// The name is another word for `target`, which is to be looked up in turn.
    case alias(ResourceRecord, target: DNSName)
}

/// The cluster's own part of the tree of names.
package struct ClusterZone: Sendable {
    /// Seconds for which answers are believed; CoreDNS's default.
    package static let ttl: UInt32 = 5

    /// `cluster.local.`
    package let name: DNSName
    let labelCount: Int

    package init(_ name: DNSName) {
        self.name = name
        labelCount = name.labels.count
    }

    /// The labels before the zone in lower case; `nil` when the name is outside.
    func labels(of name: DNSName) -> [String]? {
        name.isInside(self.name) ? name.labels.dropLast(labelCount) : nil
    }

    /// A name in the zone; `nil` when it is too long or has a bad label.
    func name(_ labels: String...) -> DNSName? { DNSName(labels: labels)?.appending(name) }

    /// `service.namespace.svc.cluster.local.`
    func serviceName(_ service: NamedService) -> DNSName? { name(service.name, service.namespace, "svc") }
}

extension DNSQuestion {
    /// Whether an address of that family answers the question.
    func wants(_ family: RecordType) -> Bool { type == family || type == .any }
}
