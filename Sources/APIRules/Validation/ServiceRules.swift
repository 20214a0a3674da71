package import APIMachinery

/// What must hold for services.
package enum ServiceRules {
    private static let affinitySecondsMax: Int64 = 86400

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            checkType(spec, &findings)
            checkPorts(spec, &findings)
            findings.labels(spec["selector"])
            checkAffinity(spec, &findings)
            checkAddresses(spec, &findings)
            for address in spec["externalIPs"].items {
                let faults = Names.legacyIPAddress(address.text)
                findings.add(address, faults)
                if faults.isEmpty { findings.nonSpecialAddress(address) }
            }
            checkUniquePorts(spec["ports"], type: spec["type"].text, &findings)
            checkBalancer(spec, &findings)
            checkTraffic(spec, &findings)
        }
    }

    private static func checkType(_ spec: FieldView, _ findings: inout Findings) {
        let type = spec["type"].text
        let isHeadless = spec["clusterIP"].text == "None"
        if spec["ports"].isEmpty, !isHeadless, type != "ExternalName" { findings.add(spec["ports"].required()) }
        switch type {
        case "LoadBalancer", "NodePort":
            if isHeadless {
                findings.add(
                    .invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services"))
            }
        case "ExternalName":
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] where !spec[field].isEmpty {
                findings.add(spec[field].forbidden("may not be set for ExternalName services"))
            }
            let name = spec["externalName"]
            let plain = name.text.hasSuffix(".") ? String(name.text.dropLast()) : name.text
            if plain.isEmpty {
                findings.add(name.required())
            } else {
                for message in Names.dns1123Subdomain(plain) { findings.add(name.invalid(plain, message)) }
            }
        case _: break
        }
        findings.choice(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
    }

    // MARK: Ports

    private static func checkPorts(_ spec: FieldView, _ findings: inout Findings) {
        let ports = spec["ports"].items
        var names: Set<String> = []
        for port in ports {
            let name = port["name"]
            if name.isEmpty {
                if ports.count > 1 { findings.add(name.required()) }
            } else {
                findings.add(name, Names.dns1123Label(name.text))
                if !names.insert(name.text).inserted { findings.add(name.duplicate()) }
            }
            findings.port(port["port"])
            findings.choice(port["protocol"], ["SCTP", "TCP", "UDP"])
            findings.portNumberOrName(port["targetPort"])
            if port["appProtocol"].exists {
                findings.add(port["appProtocol"], Names.labelKey(port["appProtocol"].text))
            }
        }
    }

    private static func checkUniquePorts(_ ports: FieldView, type: String, _ findings: inout Findings) {
        var seen: Set<[String]> = []
        var seenNodePorts: Set<[String]> = []
        for port in ports.items {
            let transport = port["protocol"].text
            if let node = port["nodePort"].number, node != 0 {
                if type == "ClusterIP" {
                    findings.add(port["nodePort"].forbidden("may not be used when `type` is 'ClusterIP'"))
                }
                if !seenNodePorts.insert([transport, String(node)]).inserted {
                    findings.add(port["nodePort"].duplicate())
                }
            }
            let number = port["port"].number ?? 0
            if !seen.insert([transport, String(number)]).inserted {
                findings.add(
                    FieldError(
                        .duplicate, port.path.description,
                        "Duplicate value: {\"Name\":\"\",\"Protocol\":\"\(transport)\",\"AppProtocol\":null,"
                            + "\"Port\":\(number),\"TargetPort\":0,\"NodePort\":0}"))
            }
        }
    }

    // MARK: Addresses and affinity

    private static func checkAffinity(_ spec: FieldView, _ findings: inout Findings) {
        findings.choice(spec["sessionAffinity"], ["ClientIP", "None"])
        let config = spec["sessionAffinityConfig"]
        switch spec["sessionAffinity"].text {
        case "ClientIP":
            let timeout = config["clientIP"]["timeoutSeconds"]
            guard let seconds = timeout.number else {
                return findings.add(timeout.required("when session affinity type is ClientIP"))
            }
            if seconds <= 0 || seconds > affinitySecondsMax {
                findings.add(timeout.invalid("must be greater than 0 and less than \(affinitySecondsMax)"))
            }
        case "None":
            if config.exists { findings.add(config.forbidden("must not be set when session affinity is None")) }
        case _: break
        }
    }

    private static func checkAddresses(_ spec: FieldView, _ findings: inout Findings) {
        guard spec["type"].text != "ExternalName" else { return }
        let (first, list) = (spec["clusterIP"], spec["clusterIPs"])
        if !first.isEmpty, list.isEmpty { findings.add(list.required()) }
        if !first.isEmpty, let head = list.items.first, head.text != first.text {
            findings.add(head.invalid(first.text, "first value must match `clusterIP`"))
        }
        if first.isEmpty, !list.isEmpty {
            findings.add(list.invalid("must be empty when `clusterIP` is not specified"))
        }
        for address in list.items where address.text != "None" { findings.address(address) }
        if list.items.count > 1, list.texts.contains("None") {
            findings.add(list.items[0].invalid("'None' must be the first and only value"))
        }
        if list.items.count > 2 {
            findings.add(list.invalid("may only hold up to 2 values"))
        }
        for family in spec["ipFamilies"].items { findings.choice(family, ["IPv4", "IPv6"]) }
        if Set(spec["ipFamilies"].texts).count < spec["ipFamilies"].items.count,
            let last = spec["ipFamilies"].items.last
        {
            findings.add(last.duplicate())
        }
        findings.choice(
            spec["ipFamilyPolicy"], ["PreferDualStack", "RequireDualStack", "SingleStack"], isOptional: true)
    }

    // MARK: Load balancers and traffic

    private static func checkBalancer(_ spec: FieldView, _ findings: inout Findings) {
        let isBalanced = spec["type"].text == "LoadBalancer"
        let onlyBalanced = "may only be used when `type` is 'LoadBalancer'"
        let ranges = spec["loadBalancerSourceRanges"].moved(to: spec["LoadBalancerSourceRanges"])
        if !ranges.isEmpty, !isBalanced { findings.add(ranges.forbidden(onlyBalanced)) }
        for range in ranges.items { findings.block(range) }
        if spec["allocateLoadBalancerNodePorts"].exists, !isBalanced {
            findings.add(spec["allocateLoadBalancerNodePorts"].forbidden(onlyBalanced))
        }
        let balancer = spec["loadBalancerClass"]
        if balancer.exists {
            if isBalanced {
                findings.add(balancer, Names.labelKey(balancer.text))
            } else {
                findings.add(balancer.forbidden(onlyBalanced))
            }
        }
    }

    private static func checkTraffic(_ spec: FieldView, _ findings: inout Findings) {
        let type = spec["type"].text
        let isExternal =
            type == "LoadBalancer" || type == "NodePort" || (type == "ClusterIP" && !spec["externalIPs"].isEmpty)
        let external = spec["externalTrafficPolicy"]
        if isExternal {
            findings.choice(external, ["Cluster", "Local"])
        } else if !external.isEmpty {
            findings.add(external.invalid("may only be set for externally-accessible services"))
        }
        let health = spec["healthCheckNodePort"]
        if type == "LoadBalancer", external.text == "Local" {
            if (health.number ?? 0) == 0 { findings.add(health.required()) } else { findings.port(health) }
        } else if (health.number ?? 0) != 0 {
            findings.add(
                health.invalid(
                    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
        }
        let internalPolicy = spec["internalTrafficPolicy"]
        findings.choice(internalPolicy, ["Cluster", "Local"], isOptional: type == "ExternalName")
        if spec["trafficDistribution"].exists {
            findings.choice(
                spec["trafficDistribution"], ["PreferClose", "PreferSameNode", "PreferSameZone"])
        }
    }

    // MARK: Changes

    package static func checkUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            guard spec["type"].text != "ExternalName", was["type"].text != "ExternalName" else { return }
            let list = spec["clusterIPs"]
            if let before = was["clusterIPs"].items.first {
                if list.isEmpty {
                    findings.add(
                        .invalid("spec.clusterIPs[0]", list.value ?? .null, "primary clusterIP can not be unset"))
                } else if list.items[0].text != before.text {
                    findings.add(list.items[0].invalid(list.value ?? .null, "may not change once set"))
                }
            }
            if let before = was["ipFamilies"].items.first, let family = spec["ipFamilies"].items.first,
                family.text != before.text
            {
                findings.add(family.invalid(spec["ipFamilies"].value ?? .null, "may not change once set"))
            }
            if spec["type"].text == "LoadBalancer", was["type"].text == "LoadBalancer",
                spec["loadBalancerClass"].value != was["loadBalancerClass"].value
            {
                findings.add(spec["loadBalancerClass"].invalid("may not change once set"))
            }
        }
    }

    package static func checkStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let ingress = FieldView(object)["status"]["loadBalancer"]["ingress"]
            if old[path: "spec", "type"] != "LoadBalancer", !ingress.isEmpty {
                return findings.add(ingress.forbidden("may only be used when `spec.type` is 'LoadBalancer'"))
            }
            for item in ingress.items {
                if !item["ip"].isEmpty { findings.address(item["ip"]) }
                findings.choice(item["ipMode"], ["Proxy", "VIP"], isOptional: true)
                findings.optionalName(item["hostname"]) { Names.dns1123Subdomain($0) }
                if !item["hostname"].isEmpty, IPAddress(item["hostname"].text, allowsLeadingZeros: true) != nil {
                    findings.add(item["hostname"].invalid("must be a DNS name, not an IP address"))
                }
            }
        }
    }
}
