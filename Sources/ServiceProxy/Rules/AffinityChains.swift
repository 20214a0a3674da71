internal import APIMachinery

/// The chains and sets of a service port with `ClientIP` affinity.
///
/// Each endpoint has a set of the clients it served lately, whose members expire. Who is in one goes
/// there again; who is in none draws. Chains: `pick-cluster/...` and `pick-local/...` decide,
/// `endpoint/...` remembers and redirects, and a way in that masquerades stands before them.
struct AffinityChains {
    private let path: String
    private let transport: Transport
    private let seconds: Int
    private var entered: Set<Entrance> = []

    private struct Entrance: Hashable {
        var way: WayIn
        var policy: ProxiedService.TrafficPolicy
    }

    init(_ service: ProxiedService, _ port: ProxiedService.Port, seconds: Int) {
        path = "\(service.namespace)/\(service.name)/\(port.transport.rawValue)/\(port.port)"
        transport = port.transport
        self.seconds = seconds
    }

    /// The name of the chain to enter by; it is written later, if anybody asked for it.
    mutating func enter(_ way: WayIn, _ policy: ProxiedService.TrafficPolicy) -> String {
        entered.insert(Entrance(way: way, policy: policy))
        return name(way, policy)
    }

    func write(to table: inout RuleTable, _ choice: EndpointChoice, _ node: ProxyNode) {
        for entrance in entered {
            let pick = Rule(.goto(pickName(entrance.policy)))
            table.chains[name(entrance.way, entrance.policy)] = RuleChain(entrance.way.marking(node) + [pick])
        }
        for policy in Set(entered.map(\.policy)) {
            let endpoints = choice.endpoints(for: policy)
            let remembered = endpoints.map { endpoint in
                Rule([.contained(.source, in: clientsName(endpoint))], .goto(endpointName(endpoint)))
            }
            let draw = Rule(.chooseChain(endpoints.map(endpointName)))
            table.chains[pickName(policy)] = RuleChain(remembered + [draw])
            for endpoint in endpoints { write(endpoint, to: &table) }
        }
    }

    private func write(_ endpoint: ProxiedEndpoint, to table: inout RuleTable) {
        table.sets[clientsName(endpoint)] = ElementSet(.set, "type ipv4_addr; flags dynamic,timeout")
        table.chains[endpointName(endpoint)] = RuleChain([
            Rule(.rememberSource(in: clientsName(endpoint), seconds: seconds)),
            Rule([.transport(transport)], .redirect(endpoint.address, endpoint.port)),
        ])
    }

    private func name(_ way: WayIn, _ policy: ProxiedService.TrafficPolicy) -> String {
        "\(way.rawValue)-\(policy.rawValue.lowercased())/\(path)"
    }

    private func pickName(_ policy: ProxiedService.TrafficPolicy) -> String {
        "pick-\(policy.rawValue.lowercased())/\(path)"
    }

    private func endpointName(_ endpoint: ProxiedEndpoint) -> String {
        "endpoint/\(path)/\(endpoint.address)/\(endpoint.port)"
    }

    private func clientsName(_ endpoint: ProxiedEndpoint) -> String {
        "clients/\(path)/\(endpoint.address)/\(endpoint.port)"
    }
}
