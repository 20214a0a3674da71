package import APIMachinery

/// Endpoints and EndpointSlices.
package enum EndpointRules {
    private static let endpointsMax = 1000
    private static let addressesMax = 100
    private static let portsMax = 20_000
    private static let protocols = ["SCTP", "TCP", "UDP"]

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

    private static func checkAppProtocol(_ port: FieldView, _ findings: inout Findings) {
        if port["appProtocol"].exists { findings.add(port["appProtocol"], Names.labelKey(port["appProtocol"].text)) }
    }

    package static func slice(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let slice = FieldView(object)
            let type = slice["addressType"]
            findings.choice(type, ["FQDN", "IPv4", "IPv6"])
            let endpoints = slice["endpoints"]
            if endpoints.items.count > endpointsMax { return findings.add(endpoints.tooMany(endpointsMax)) }
            for endpoint in endpoints.items { checkEndpoint(endpoint, type.text, &findings) }
            checkPorts(slice["ports"], &findings)
        }
    }

    private static func checkEndpoint(_ endpoint: FieldView, _ type: String, _ findings: inout Findings) {
        let addresses = endpoint["addresses"]
        if addresses.isEmpty { findings.add(addresses.required("must contain at least 1 address")) }
        if addresses.items.count > addressesMax { findings.add(addresses.tooMany(addressesMax)) }
        for address in addresses.items {
            switch type {
            case "IPv4", "IPv6":
                let faults = Names.ipAddress(address.text)
                findings.add(address, faults)
                if faults.isEmpty, IPAddress(address.text)?.family != (type == "IPv4" ? .ipv4 : .ipv6) {
                    findings.add(address.invalid("must be a valid \(type) address"))
                }
                if faults.isEmpty { findings.nonSpecialAddress(address) }
            case "FQDN":
                findings.add(address, Names.dns1123Subdomain(address.text))
            case _: break
            }
        }
        if endpoint["nodeName"].exists {
            findings.add(endpoint["nodeName"], Names.dns1123Subdomain(endpoint["nodeName"].text))
        }
        let topology = endpoint["deprecatedTopology"]
        findings.labels(topology)
        if topology.value?["topology.kubernetes.io/zone"] != nil {
            findings.add(
                topology[key: "topology.kubernetes.io/zone"].invalid("must not be set, use zone instead"))
        }
        if endpoint["hostname"].exists {
            findings.add(endpoint["hostname"], Names.dns1123Label(endpoint["hostname"].text))
        }
    }

    private static func checkPorts(_ ports: FieldView, _ findings: inout Findings) {
        if ports.items.count > portsMax { return findings.add(ports.tooMany(portsMax)) }
        var names: Set<String> = []
        for port in ports.items {
            findings.optionalName(port["name"]) { Names.dns1123Label($0) }
            if !names.insert(port["name"].text).inserted { findings.add(port["name"].duplicate()) }
            findings.choice(port["protocol"], protocols)
            checkAppProtocol(port, &findings)
            if port["port"].exists { findings.port(port["port"]) }
        }
    }

    package static func sliceUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["addressType"], old["addressType"]) }
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
