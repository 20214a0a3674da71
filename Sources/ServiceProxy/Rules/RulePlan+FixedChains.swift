internal import APIMachinery

/// The chains that every table has: the kernel enters here, and the maps of Services are asked from here.
extension RulePlan {
    mutating func addFixedChains() {
        addDispatch()
        addPostrouting()
        addRefusals()
    }

    private mutating func addDispatch() {
        table.chains["nat-prerouting"] = RuleChain(
            hook: "type nat hook prerouting priority -100", [Rule(.jump("services"))])
        table.chains["nat-output"] = RuleChain(hook: "type nat hook output priority -100", [Rule(.jump("services"))])

        var stranger: [Rule.Condition] = [.sourceIsLocal(false)]
        if !node.clusterCIDRs.isEmpty { stranger.append(.source(node.clusterCIDRs, false)) }
        var rules: [Rule] = []
        if !isEmpty(Names.outsideIPs) { rules.append(Rule(stranger, .lookUp(.service, in: Names.outsideIPs))) }
        rules.append(Rule(.lookUp(.service, in: Names.serviceIPs)))
        if !isEmpty(Names.outsideNodePorts) {
            let conditions = stranger + [.destinationIsLocal(true)]
            rules.append(Rule(conditions, .lookUp(.nodePort, in: Names.outsideNodePorts)))
        }
        rules.append(Rule([.destinationIsLocal(true)], .lookUp(.nodePort, in: Names.nodePorts)))
        table.chains["services"] = RuleChain(rules)
    }

    /// A pod that reaches itself through a Service would answer itself past the kernel's memory of the
    /// flow; it too must see another source.
    private mutating func addPostrouting() {
        table.chains["nat-postrouting"] = RuleChain(
            hook: "type nat hook postrouting priority 100",
            [
                Rule([.redirected(true), .contained(.sourceAndDestination, in: Names.hairpins)], .masquerade),
                Rule([.marked(false)], .leave),
                Rule(.unmark),
                Rule(.masquerade),
            ])
    }

    /// These run before the NAT chains of the same hook and see addresses of Services. What is still sent
    /// to a cluster address after NAT had its turn is meant for a port that the Service does not have.
    private mutating func addRefusals() {
        let firewall = Rule([.newConnection], .lookUp(.service, in: Names.firewallIPs))
        let missing = Rule([.newConnection], .jump("refusals"))
        let wrongPort = Rule([.newConnection, .contained(.destination, in: Names.clusterIPs)], .goto(Names.rejectAll))
        table.chains["filter-prerouting"] = RuleChain(
            hook: "type filter hook prerouting priority -110", [firewall])
        table.chains["filter-input"] = RuleChain(
            hook: "type filter hook input priority -110", [missing] + loopbackGuard)
        table.chains["filter-forward"] = RuleChain(
            hook: "type filter hook forward priority -110", [missing, wrongPort])
        table.chains["filter-output"] = RuleChain(
            hook: "type filter hook output priority -110", [firewall, missing])
        table.chains["filter-redirected-output"] = RuleChain(
            hook: "type filter hook output priority -90", [wrongPort])
        table.chains["refusals"] = RuleChain([
            Rule(.lookUp(.service, in: Names.noEndpoints)),
            Rule([.destinationIsLocal(true)], .lookUp(.nodePort, in: Names.noEndpointNodePorts)),
        ])
        table.chains[Names.rejectAll] = RuleChain([Rule([.transport(.tcp)], .rejectWithReset), Rule(.reject)])
    }

    /// Node ports on 127.0.0.1 need `route_localnet`, which lets neighbours reach what listens on
    /// loopback only; this shuts that door again (CVE-2020-8558).
    private var loopbackGuard: [Rule] {
        guard let loopback = CIDR("127.0.0.0/8") else { return [] }
        let conditions: [Rule.Condition] = [
            .destination([loopback], true), .source([loopback], false), .newConnection, .redirected(false),
        ]
        return [Rule(conditions, .drop)]
    }

    private func isEmpty(_ set: String) -> Bool { table.sets[set]?.elements.isEmpty ?? true }
}
