package import APIMachinery

/// The rules of one node for all Services: what `kube-proxy` is elsewhere.
///
/// **The idea.** A Service costs elements, not chains. The map `service-ips` leads an address,
/// protocol and port to a chain that many Services share, because all it knows is *how many*
/// endpoints there are; it draws a number and asks the protocol's map of endpoints with address, port
/// and that number:
///
///     service-ips    10.96.0.10 . udp . 53  : goto inside-udp-2
///     udp-endpoints  10.96.0.10 . 53 . 0    : 10.244.0.7 . 53
///                    10.96.0.10 . 53 . 1    : 10.244.1.9 . 53
///     inside-udp-2   ip saddr != 10.244.0.0/16 <mark>
///                    dnat to ip daddr . udp dport . <0 or 1> map @udp-endpoints
///
/// So a changed endpoint is a handful of changed elements. Only Services with `ClientIP` affinity get
/// chains of their own (``AffinityChains``).
///
/// **The ways in.** `inside` serves pods, and masquerades whoever is not one; `outside` serves external
/// addresses and node ports under the policy `Cluster`, and masquerades everybody, because the endpoint
/// may be on another node; `local` serves strangers under the policy `Local` and keeps their address. Under `Local`, pods and the node itself are sent to any endpoint: their traffic
/// never leaves the cluster.
///
/// **Nobody there.** Without endpoints in the whole cluster traffic is rejected, so that clients fail
/// at once; where endpoints exist but the policy forbids them, it is dropped, so that a load balancer
/// tries the next node. NAT chains cannot reject, therefore filter chains look first.
package struct RulePlan: Equatable, Sendable {
    /// What nftables should hold.
    package var table: RuleTable
    /// Where datagrams are sent; needed to end flows that the kernel remembers (``FlowPlan``).
    package var datagramTargets: [DatagramEntry: Set<IPAddress>] = [:]

    /// Decides the rules for everything in `snapshot`.
    package init(_ snapshot: ProxySnapshot, tableName: String = "apus") {
        table = RuleTable(name: tableName)
        node = snapshot.node
        for name in [Names.serviceIPs, Names.outsideIPs, Names.noEndpoints, Names.firewallIPs] {
            table.sets[name] = ElementSet(.map, "type ipv4_addr . inet_proto . inet_service : verdict")
        }
        for name in [Names.nodePorts, Names.outsideNodePorts, Names.noEndpointNodePorts] {
            table.sets[name] = ElementSet(.map, "type inet_proto . inet_service : verdict")
        }
        for transport in Transport.allCases {
            // Types by example, because a drawn number's type has no name. One map a protocol: nft 1.0.6 cannot
            // read `th dport` back from the kernel, and takes `tcp dport` to mean that packets are of TCP.
            let target = "\(transport) dport . numgen random mod 2 : ip daddr . \(transport) dport"
            table.sets[Names.endpoints(transport)] = ElementSet(.map, "typeof ip daddr . \(target)")
            table.sets[Names.nodePortEndpoints(transport)] = ElementSet(.map, "typeof \(target)")
        }
        table.sets[Names.hairpins] = ElementSet(.set, "type ipv4_addr . ipv4_addr")
        table.sets[Names.clusterIPs] = ElementSet(.set, "type ipv4_addr")

        let endpoints = EndpointIndex(snapshot.slices)
        let services = snapshot.services.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        for service in services where !service.clusterIPs.isEmpty {
            for port in service.ports {
                let all = endpoints[service, port]
                add(service, port, EndpointChoice(all, on: snapshot.node))
            }
        }
        addFixedChains()
    }

    /// What `Names` stand for is explained above.
    enum Names {
        static let serviceIPs = "service-ips"
        static let outsideIPs = "outside-ips"
        static let nodePorts = "node-ports"
        static let outsideNodePorts = "outside-node-ports"
        static let noEndpoints = "no-endpoints"
        static let noEndpointNodePorts = "no-endpoint-node-ports"
        static let firewallIPs = "firewall-ips"
        static let hairpins = "hairpins"
        static let clusterIPs = "cluster-ips"
        static let rejectAll = "reject-all"

        static func endpoints(_ transport: Transport) -> String { "\(transport)-endpoints" }
        static func nodePortEndpoints(_ transport: Transport) -> String { "\(transport)-node-port-endpoints" }
    }

    /// Endpoints of the policy `Local` are numbered from here, beside those of the whole cluster.
    static let localOffset = 0x10000

    let node: ProxyNode

    private mutating func add(_ service: ProxiedService, _ port: ProxiedService.Port, _ choice: EndpointChoice) {
        var affinity = service.affinitySeconds.map { AffinityChains(service, port, seconds: $0) }
        for address in service.clusterIPs {
            table.sets[Names.clusterIPs]?.elements["\(address)"] = ""
            addInside(.address(address, port.transport, port.port), service, choice, &affinity)
        }
        for address in service.externalIPs + service.loadBalancerIPs {
            addOutside(.address(address, port.transport, port.port), service, choice, &affinity)
        }
        if port.nodePort != 0 { addOutside(.nodePort(port.transport, port.nodePort), service, choice, &affinity) }
        addFirewall(service, port)
        if let affinity { affinity.write(to: &table, choice, node) }
        for endpoint in choice.cluster + choice.local where endpoint.nodeName ?? node.name == node.name {
            table.sets[Names.hairpins]?.elements["\(endpoint.address) . \(endpoint.address)"] = ""
        }
    }

    /// Traffic to a cluster address, whoever sends it.
    private mutating func addInside(
        _ entry: ServiceEntry, _ service: ProxiedService, _ choice: EndpointChoice, _ affinity: inout AffinityChains?
    ) {
        let policy = service.internalTrafficPolicy
        let endpoints = choice.endpoints(for: policy)
        guard claim(entry) else { return }
        guard !endpoints.isEmpty else { return refuse(entry, choice.isEmpty ? .reject : .drop) }
        let chain = affinity?.enter(.inside, policy) ?? sharedChain(.inside, entry, endpoints)
        set(entry.verdicts, entry.key, "goto \(chain)")
        note(entry, endpoints)
    }

    /// Traffic to an external address or a node port.
    private mutating func addOutside(
        _ entry: ServiceEntry, _ service: ProxiedService, _ choice: EndpointChoice, _ affinity: inout AffinityChains?
    ) {
        guard claim(entry) else { return }
        guard !choice.isEmpty else { return refuse(entry, .reject) }
        note(entry, choice.cluster)
        switch service.externalTrafficPolicy {
        case .cluster:
            let chain = affinity?.enter(.outside, .cluster) ?? sharedChain(.outside, entry, choice.cluster)
            set(entry.verdicts, entry.key, "goto \(chain)")
        case .local:
            let chain = affinity?.enter(.inside, .cluster) ?? sharedChain(.inside, entry, choice.cluster)
            set(entry.verdicts, entry.key, "goto \(chain)")
            guard !choice.local.isEmpty else { return set(entry.outsideVerdicts, entry.key, "drop") }
            let local = affinity?.enter(.local, .local) ?? sharedChain(.local, entry, choice.local)
            set(entry.outsideVerdicts, entry.key, "goto \(local)")
        }
    }

    /// Strangers may use load balancer addresses only from the allowed ranges.
    private mutating func addFirewall(_ service: ProxiedService, _ port: ProxiedService.Port) {
        guard !service.loadBalancerSourceRanges.isEmpty, !service.loadBalancerIPs.isEmpty else { return }
        var allowed = service.loadBalancerSourceRanges
        if node.addresses.contains(where: { address in allowed.contains { $0.contains(address) } }) {
            // Some load balancers make their address one of the node's own: then the node is the source.
            allowed += service.loadBalancerIPs.map { CIDR(address: $0, prefixLength: 32) }
        }
        let chain = "firewall/\(service.namespace)/\(service.name)"
        table.chains[chain] = RuleChain([Rule([.source(allowed, false)], .drop)])
        for address in service.loadBalancerIPs {
            let entry = ServiceEntry.address(address, port.transport, port.port)
            set(Names.firewallIPs, entry.key, "goto \(chain)")
        }
    }

    /// The chain for all entries with that many endpoints, and the entry's endpoints in the map it asks.
    private mutating func sharedChain(
        _ way: WayIn, _ entry: ServiceEntry, _ endpoints: [ProxiedEndpoint]
    ) -> String {
        let offset = way == .local ? Self.localOffset : 0
        for (index, endpoint) in endpoints.enumerated() {
            let key = "\(entry.endpointKey) . \(index + offset)"
            set(entry.endpoints, key, "\(endpoint.address) . \(endpoint.port)")
        }
        let name = "\(entry.chainPrefix)\(way)-\(entry.transport)-\(endpoints.count)"
        if table.chains[name] == nil {
            let choose = Rule.Action.chooseEndpoint(
                entry.endpointRuleKey, count: endpoints.count, offset: offset, in: entry.endpoints)
            table.chains[name] = RuleChain(way.marking(node) + [Rule(choose)])
        }
        return name
    }

    private enum Refusal { case reject, drop }

    private mutating func refuse(_ entry: ServiceEntry, _ refusal: Refusal) {
        set(entry.refusals, entry.key, refusal == .reject ? "goto \(Names.rejectAll)" : "drop")
        note(entry, [])
    }

    /// Two Services may ask for the same external address and port; the first by name has it.
    private func claim(_ entry: ServiceEntry) -> Bool {
        table.sets[entry.verdicts]?.elements[entry.key] == nil
            && table.sets[entry.refusals]?.elements[entry.key] == nil
    }

    private mutating func note(_ entry: ServiceEntry, _ endpoints: [ProxiedEndpoint]) {
        guard let datagrams = entry.datagramEntry else { return }
        datagramTargets[datagrams, default: []].formUnion(endpoints.map(\.address))
    }

    private mutating func set(_ set: String, _ key: String, _ value: String) {
        table.sets[set]?.elements[key] = value
    }
}

/// How traffic comes to a Service; decides whether its source is kept.
enum WayIn: String {
    case inside, outside, local

    /// The rules that ask for masquerading.
    func marking(_ node: ProxyNode) -> [Rule] {
        switch self {
        case .inside: node.clusterCIDRs.isEmpty ? [] : [Rule([.source(node.clusterCIDRs, false)], .mark)]
        case .outside: [Rule(.mark)]
        case .local: []
        }
    }
}
