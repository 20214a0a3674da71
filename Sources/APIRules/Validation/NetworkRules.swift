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

/// Ingresses, their classes, and network policies.
package enum NetworkRules {
    private static let forbiddenInPath = ["//", "/./", "/../", "%2f", "%2F"]
    private static let forbiddenAtEnd = ["/..", "/."]
    private static let controllerMax = 250

    // MARK: Ingresses

    package static func ingress(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let ingress = FieldView(object)
            let spec = ingress["spec"]
            if spec["rules"].isEmpty, !spec["defaultBackend"].exists {
                findings.add(spec.invalid("either `defaultBackend` or `rules` must be specified"))
            }
            if spec["defaultBackend"].exists { checkBackend(spec["defaultBackend"], &findings) }
            for rule in spec["rules"].items { checkRule(rule, &findings) }
            for item in spec["tls"].items {
                for host in item["hosts"].items {
                    findings.add(
                        host,
                        host.text.contains("*")
                            ? Names.wildcardDNS1123Subdomain(host.text) : Names.dns1123Subdomain(host.text))
                }
                findings.optionalName(item["secretName"]) { Names.dns1123Subdomain($0) }
            }
            if spec["ingressClassName"].exists {
                findings.add(spec["ingressClassName"], Names.dns1123Subdomain(spec["ingressClassName"].text))
            }
        }
    }

    /// Old annotation and new field say the same thing: one is enough on a new ingress.
    package static func ingressCreation(_ object: Value) -> [FieldError] {
        let annotation = FieldView(object)["metadata"]["annotations"]["kubernetes.io/ingress.class"]
        guard annotation.exists, FieldView(object)["spec"]["ingressClassName"].exists else { return [] }
        return [annotation.invalid("can not be set when the class field is also set")]
    }

    private static func checkRule(_ rule: FieldView, _ findings: inout Findings) {
        let host = rule["host"]
        if !host.isEmpty {
            if IPAddress(host.text, allowsLeadingZeros: true) != nil {
                findings.add(host.invalid("must be a DNS name, not an IP address"))
            }
            findings.add(
                host,
                host.text.contains("*") ? Names.wildcardDNS1123Subdomain(host.text) : Names.dns1123Subdomain(host.text))
        }
        guard rule["http"].exists else { return }
        let paths = rule["http"]["paths"]
        findings.require(paths)
        for path in paths.items {
            checkPath(path, &findings)
            checkBackend(path["backend"], &findings)
        }
    }

    private static func checkPath(_ item: FieldView, _ findings: inout Findings) {
        let (path, type) = (item["path"], item["pathType"])
        switch type.text {
        case "":
            findings.add(type.required("pathType must be specified"))
        case "Exact", "Prefix":
            if !path.text.hasPrefix("/") { findings.add(path.invalid("must be an absolute path")) }
            for part in forbiddenInPath where path.text.contains(part) {
                findings.add(path.invalid("must not contain '\(part)'"))
            }
            for part in forbiddenAtEnd where path.text.hasSuffix(part) {
                findings.add(path.invalid("cannot end with '\(part)'"))
            }
        case "ImplementationSpecific":
            if !path.isEmpty, !path.text.hasPrefix("/") { findings.add(path.invalid("must be an absolute path")) }
        case _:
            findings.add(type.notSupported(["Exact", "ImplementationSpecific", "Prefix"]))
        }
    }

    private static func checkBackend(_ backend: FieldView, _ findings: inout Findings) {
        let (service, resource) = (backend["service"], backend["resource"])
        switch (service.exists, resource.exists) {
        case (true, true):
            findings.add(backend.invalid("", "cannot set both resource and service backends"))
        case (false, false):
            findings.add(backend.required("a service or resource backend is required"))
        case (false, true):
            for field in ["kind", "name"] { findings.require(resource[field]) }
        case (true, false):
            findings.name(service["name"]) { Names.dns1035Label($0) }
            let (name, number) = (service["port"]["name"], service["port"]["number"])
            switch (!name.isEmpty, (number.number ?? 0) != 0) {
            case (true, true): findings.add(backend.invalid("", "cannot set both port name & port number"))
            case (true, false): findings.add(name, Names.portName(name.text))
            case (false, true): findings.port(number)
            case (false, false): findings.add(backend.required("port name or number is required"))
            }
        }
    }

    package static func ingressClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let controller = spec["controller"]
            if controller.text.utf8.count > controllerMax { findings.add(controller.tooLong(controllerMax)) }
            findings.domainPrefixedPath(controller)
            let parameters = spec["parameters"]
            guard parameters.exists else { return }
            if parameters["apiGroup"].exists {
                findings.add(parameters["apiGroup"], Names.dns1123Subdomain(parameters["apiGroup"].text))
            }
            for field in ["kind", "name"] { findings.name(parameters[field]) { Names.pathSegment($0) } }
            checkScope(parameters, &findings)
        }
    }

    private static func checkScope(_ parameters: FieldView, _ findings: inout Findings) {
        let namespace = parameters["namespace"]
        switch parameters["scope"].text {
        case "Cluster":
            if namespace.exists { findings.add(namespace.forbidden("`parameters.scope` is set to 'Cluster'")) }
        case "Namespace" where namespace.exists: findings.add(namespace, Names.dns1123Label(namespace.text))
        case "Namespace": findings.add(namespace.required("`parameters.scope` is set to 'Namespace'"))
        case _: findings.choice(parameters["scope"], ["Cluster", "Namespace"])
        }
    }

    package static func ingressClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"]["controller"], old[path: "spec", "controller"]) }
    }

    // MARK: Network policies

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
