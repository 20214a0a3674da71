package import APIMachinery

/// What must hold for services.
package enum ServiceRules {
    private static let affinitySecondsMax: Int64 = 86400

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { check(FieldView(object), from: FieldView(nil), &$0) }
    }

    /// - was: the service before; the addresses that it had may stay, though one would not take them today.
    private static func check(_ service: FieldView, from was: FieldView, _ findings: inout Findings) {
        let (spec, annotations) = (service["spec"], service["metadata"]["annotations"])
        checkTopology(annotations, &findings)
        checkType(spec, &findings)
        checkPorts(spec, &findings)
        findings.labels(spec["selector"])
        checkAffinity(spec, &findings)
        ServiceAddressRules.check(spec, from: was["spec"], &findings)
        for address in spec["externalIPs"].items {
            let isNew = !was["spec"]["externalIPs"].texts.contains(address.text)
            let faults = Names.legacyIPAddress(address.text, isStrict: isNew)
            findings.add(address, faults)
            if faults.isEmpty { findings.nonSpecialAddress(address) }
        }
        findings.choice(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
        checkUniquePorts(spec["ports"], type: spec["type"].text, &findings)
        checkRanges(service, from: was, &findings)
        checkBalancer(spec, &findings)
        checkTraffic(spec, &findings)
    }

    private static func checkTopology(_ annotations: FieldView, _ findings: inout Findings) {
        let hints = "service.kubernetes.io/topology-aware-hints"
        let mode = annotations[key: "service.kubernetes.io/topology-mode"]
        if annotations.has(hints), mode.exists, annotations[key: hints].text != mode.text {
            findings.add(mode.invalid("must match annotations[\(hints)] when both are specified"))
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
        let open = ports.items.filter { $0["nodePort"].number ?? 0 != 0 }
        if type == "ClusterIP" {
            for port in open {
                findings.add(port["nodePort"].forbidden("may not be used when `type` is 'ClusterIP'"))
            }
        }
        var seenNodePorts: Set<[String]> = []
        for port in open
        where !seenNodePorts.insert([port["protocol"].text, String(port["nodePort"].number ?? 0)]).inserted {
            findings.add(port["nodePort"].duplicate())
        }
        var seen: Set<[String]> = []
        for port in ports.items {
            let (transport, number) = (port["protocol"].text, port["port"].number ?? 0)
            guard !seen.insert([transport, String(number)]).inserted else { continue }
            findings.add(
                FieldError(
                    .duplicate, port.path.description,
                    "Duplicate value: {\"Name\":\"\",\"Protocol\":\"\(transport)\",\"AppProtocol\":null,"
                        + "\"Port\":\(number),\"TargetPort\":0,\"NodePort\":0}"))
        }
    }

    // MARK: Affinity

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

    // MARK: Load balancers and traffic

    private static let onlyBalanced = "may only be used when `type` is 'LoadBalancer'"
    private static let rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges"

    /// Who may reach a load balancer: a field, or an annotation that came before it.
    private static func checkRanges(_ service: FieldView, from was: FieldView, _ findings: inout Findings) {
        let spec = service["spec"]
        let isBalanced = spec["type"].text == "LoadBalancer"
        let ranges = spec["loadBalancerSourceRanges"].moved(to: spec["LoadBalancerSourceRanges"])
        let known = was["spec"]["loadBalancerSourceRanges"].texts
        let annotation = service["metadata"]["annotations"][key: rangesAnnotation]
        if !ranges.isEmpty {
            if !isBalanced { findings.add(ranges.forbidden(onlyBalanced)) }
            for range in ranges.items {
                checkRange(trimmed(range.text), at: range, isNew: !known.contains(range.text), &findings)
            }
        } else if annotation.exists {
            if !isBalanced { findings.add(annotation.forbidden(onlyBalanced)) }
            guard !trimmed(annotation.text).isEmpty else { return }
            let isNew = was["metadata"]["annotations"][key: rangesAnnotation].text != annotation.text
            for part in annotation.text.split(separator: ",", omittingEmptySubsequences: false) {
                checkRange(trimmed(part), at: annotation, isNew: isNew, &findings)
            }
        }
    }

    private static func checkRange(_ text: String, at view: FieldView, isNew: Bool, _ findings: inout Findings) {
        for message in Names.legacyCIDR(text, isStrict: isNew) { findings.add(view.invalid(text, message)) }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (character: Character) in character.isWhitespace }
        return String(String(text.drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
    }

    private static func checkBalancer(_ spec: FieldView, _ findings: inout Findings) {
        let isBalanced = spec["type"].text == "LoadBalancer"
        let allocates = spec["allocateLoadBalancerNodePorts"]
        if allocates.exists, !isBalanced { findings.add(allocates.forbidden(onlyBalanced)) }
        if !allocates.exists, isBalanced { findings.add(.required("allocateLoadBalancerNodePorts")) }
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
            let (service, before) = (FieldView(object), FieldView(old))
            let (spec, was) = (service["spec"], before["spec"])
            ServiceAddressRules.checkUpdate(spec, from: was, &findings)
            if spec["type"].text == "LoadBalancer", was["type"].text == "LoadBalancer",
                spec["loadBalancerClass"].value != was["loadBalancerClass"].value
            {
                findings.add(
                    spec["loadBalancerClass"].invalid(
                        spec["loadBalancerClass"].value ?? .null, "may not change once set"))
            }
            let health = spec["healthCheckNodePort"]
            if needsHealthCheck(spec), needsHealthCheck(was), health.number != was["healthCheckNodePort"].number {
                findings.add(health.forbidden("field is immutable"))
            }
            check(service, from: before, &findings)
        }
    }

    private static func needsHealthCheck(_ spec: FieldView) -> Bool {
        spec["type"].text == "LoadBalancer" && spec["externalTrafficPolicy"].text == "Local"
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
