package import APIMachinery

/// Endpoints.
package enum EndpointRules {
    static let protocols = ["SCTP", "TCP", "UDP"]

    /// - old: the endpoints before; the addresses that they had may stay, though one would not take them today.
    package static func endpoints(_ object: Value, from old: Value?) -> [FieldError] {
        let known = Set(
            FieldView(old)["subsets"].items.flatMap { $0["addresses"].items + $0["notReadyAddresses"].items }
                .map { $0["ip"].text })
        return Findings.of { findings in
            for subset in FieldView(object)["subsets"].items {
                let lists = [subset["addresses"], subset["notReadyAddresses"]]
                if lists.allSatisfy(\.isEmpty) {
                    findings.add(subset.required("must specify `addresses` or `notReadyAddresses`"))
                }
                for address in lists.flatMap(\.items) {
                    let ip = address["ip"].orEmpty
                    findings.add(ip, Names.legacyIPAddress(ip.text, isStrict: !known.contains(ip.text)))
                    findings.optionalName(address["hostname"]) { Names.dns1123Label($0) }
                    if address["nodeName"].exists {
                        findings.add(address["nodeName"], Names.dns1123Subdomain(address["nodeName"].text))
                    }
                    findings.nonSpecialAddress(ip)
                }
                let ports = subset["ports"].items
                for port in ports {
                    if ports.count > 1, port["name"].isEmpty { findings.add(port["name"].required()) }
                    findings.optionalName(port["name"]) { Names.dns1123Label($0) }
                    findings.port(port["port"])
                    findings.choice(port["protocol"], protocols)
                    checkAppProtocol(port, &findings)
                }
            }
        }
    }

    static func checkAppProtocol(_ port: FieldView, _ findings: inout Findings) {
        if port["appProtocol"].exists { findings.add(port["appProtocol"], Names.labelKey(port["appProtocol"].text)) }
    }
}

/// Network policies.
package enum NetworkRules {
    package static func policy(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            findings.labelSelector(spec["podSelector"])
            for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
                for rule in spec[direction].items {
                    for port in rule["ports"].items { checkPolicyPort(port, &findings) }
                    for peer in rule[peers].items { checkPeer(peer, &findings) }
                }
            }
            let types = spec["policyTypes"]
            if types.items.count > 2 {
                return findings.add(types.invalid("may not specify more than two policyTypes"))
            }
            for type in types.items { findings.choice(type, ["Egress", "Ingress"]) }
        }
    }

    private static func checkPolicyPort(_ port: FieldView, _ findings: inout Findings) {
        findings.choice(port["protocol"], ["SCTP", "TCP", "UDP"], isOptional: true)
        let (first, last) = (port["port"], port["endPort"])
        guard first.exists else {
            if last.exists { findings.add(last.invalid("may not be specified when `port` is not specified")) }
            return
        }
        findings.portNumberOrName(first)
        guard let end = last.number else { return }
        guard let start = first.number else {
            return findings.add(last.invalid("may not be specified when `port` is non-numeric"))
        }
        if end < start { findings.add(last.invalid("must be greater than or equal to `port`")) }
        findings.port(last)
    }

    private static func checkPeer(_ peer: FieldView, _ findings: inout Findings) {
        let count = ["podSelector", "namespaceSelector", "ipBlock"].filter { peer[$0].exists }.count
        if count == 0 { findings.add(peer.required("must specify a peer")) }
        if peer["ipBlock"].exists, count > 1 {
            findings.add(peer.forbidden("may not specify both ipBlock and another peer"))
        }
        for field in ["podSelector", "namespaceSelector"] { findings.labelSelector(peer[field]) }
        let block = peer["ipBlock"]
        guard block.exists else { return }
        guard !block["cidr"].isEmpty else { return findings.add(block["cidr"].required()) }
        findings.block(block["cidr"])
        guard let whole = CIDR(block["cidr"].text, allowsLeadingZeros: true) else { return }
        for part in block["except"].items {
            findings.block(part)
            guard let inner = CIDR(part.text, allowsLeadingZeros: true) else { continue }
            if !whole.contains(inner.address) || inner.prefixLength <= whole.prefixLength {
                findings.add(part.invalid("must be a strict subset of `cidr`"))
            }
        }
    }
}
