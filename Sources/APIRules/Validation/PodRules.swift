package import APIMachinery

/// What must hold for pods and their templates (`core/validation`).
package enum PodRules {
    private static let sound = SoundSpecs()

    /// A new pod.
    package static func check(_ pod: Value) -> [FieldError] {
        let spec = pod["spec"] ?? .null
        if sound.hold(spec) { return [] }
        let faults = checkNew(pod)
        if faults.isEmpty { sound.keep(spec) }
        return faults
    }

    private static func checkNew(_ pod: Value) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(pod)
            checkPod(view, &findings)
            let spec = view["spec"]
            if !spec["ephemeralContainers"].isEmpty {
                findings.add(spec["ephemeralContainers"].forbidden("cannot be set on create"))
            }
            if !spec["nodeName"].isEmpty, !spec["schedulingGates"].isEmpty {
                findings.add(
                    spec["nodeName"].forbidden("cannot be set until all schedulingGates have been cleared"))
            }
        }
    }

    static func checkPod(_ pod: FieldView, _ findings: inout Findings) {
        let spec = pod["spec"]
        checkSpec(spec, pod: pod["metadata"]["name"].text, &findings)
        if spec["serviceAccountName"].isEmpty {
            for volume in spec["volumes"].items {
                for source in volume["projected"]["sources"].items where source["serviceAccountToken"].exists {
                    findings.add(
                        source["serviceAccountToken"].forbidden(
                            "must not be specified when serviceAccountName is not set"))
                }
            }
        }
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            for container in spec[list].items { checkImageSpace(container["image"], &findings) }
        }
    }

    static func checkImageSpace(_ image: FieldView, _ findings: inout Findings) {
        let text = image.text
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return }
        // Letters of ASCII are the rule, and need no table.
        if (first.value <= 32 || first.value > 126) && first.properties.isWhitespace
            || (last.value <= 32 || last.value > 126) && last.properties.isWhitespace
        {
            findings.add(image.invalid("must not have leading or trailing whitespace"))
        }
    }

    /// The template of a workload.
    static func checkTemplate(_ template: FieldView, _ findings: inout Findings) {
        findings.labels(template["metadata"]["labels"].moved(to: template["labels"]))
        findings.annotations(template["metadata"]["annotations"].moved(to: template["annotations"]))
        checkSpec(template["spec"], pod: nil, &findings)
        if !template["spec"]["ephemeralContainers"].isEmpty {
            findings.add(
                template["spec"]["ephemeralContainers"].forbidden("ephemeral containers not allowed in pod template"))
        }
    }

    // MARK: The spec

    /// - pod: its name, as far as there is one; `nil` in a template.
    static func checkSpec(_ spec: FieldView, pod: String?, _ findings: inout Findings) {
        findings.require(spec["terminationGracePeriodSeconds"])
        let volumes = VolumeRules.check(spec["volumes"], pod: pod, &findings)
        let claims = checkClaims(spec["resourceClaims"], &findings)
        let rules = ContainerRules(
            volumes: volumes, claimNames: claims, gracePeriod: spec["terminationGracePeriodSeconds"].number,
            restartPolicy: spec["restartPolicy"].text, hostUsers: spec["hostUsers"].value?.boolValue ?? true)
        checkContainers(spec, rules, &findings)
        if spec["resources"].exists { checkPodResources(spec, &findings) }
        checkHostNetwork(spec, isPod: pod != nil, &findings)
        findings.choice(spec["restartPolicy"], ["Always", "OnFailure", "Never"])
        findings.choice(spec["dnsPolicy"], ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])
        findings.labels(spec["nodeSelector"])
        SecurityRules.checkPod(spec["securityContext"], spec, &findings)
        SchedulingRules.checkAffinity(spec["affinity"], &findings)
        checkDNS(spec, &findings)
        for gate in spec["readinessGates"].items {
            findings.add(gate["conditionType"], Names.labelKey(gate["conditionType"].text))
        }
        checkGates(spec["schedulingGates"], &findings)
        SchedulingRules.checkSpread(spec["topologySpreadConstraints"], &findings)
        checkHostUsers(spec, &findings)
        checkNames(spec, &findings)
        findings.range(spec["activeDeadlineSeconds"], 1, Int(Int32.max))
        SchedulingRules.checkTolerations(spec["tolerations"], &findings)
        for alias in spec["hostAliases"].items {
            findings.address(alias["ip"])
            for name in alias["hostnames"].items { findings.add(name, Names.dns1123Subdomain(name.text)) }
        }
        if spec["preemptionPolicy"].exists {
            findings.choice(spec["preemptionPolicy"], ["PreemptLowerPriority", "Never"])
        }
        for (name, amount) in spec["overhead"].entries { ResourceRules.checkAmount(name, amount, &findings) }
        if spec["os"].exists { SystemRules.check(spec, &findings) }
    }

    private static func checkNames(_ spec: FieldView, _ findings: inout Findings) {
        for field in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
            findings.optionalName(spec[field]) { Names.dns1123Subdomain($0) }
        }
        for field in ["hostname", "subdomain"] { findings.optionalName(spec[field]) { Names.dns1123Label($0) } }
    }

    private static func checkContainers(_ spec: FieldView, _ rules: ContainerRules, _ findings: inout Findings) {
        let regular = spec["containers"]
        if regular.isEmpty { findings.add(regular.required()) }
        var names: Set<String> = []
        for container in regular.items {
            rules.check(container, .regular, &findings)
            if !names.insert(container["name"].text).inserted { findings.add(container["name"].duplicate()) }
        }
        var ports: Set<String> = []
        for container in regular.items { checkHostPorts(container, &ports, &findings) }
        for container in spec["initContainers"].items {
            rules.check(container, .initial, &findings)
            let name = container["name"]
            if names.contains(name.text) {
                findings.add(name.duplicate())
            } else if !name.isEmpty {
                names.insert(name.text)
            }
            // One runs after the other, so each may have the same ports.
            var own: Set<String> = []
            checkHostPorts(container, &own, &findings)
        }
        let others = names
        for container in spec["ephemeralContainers"].items {
            rules.check(container, .ephemeral, &findings)
            if !names.insert(container["name"].text).inserted { findings.add(container["name"].duplicate()) }
            let target = container["targetContainerName"]
            if !target.isEmpty, !others.contains(target.text) { findings.add(target.notFound()) }
        }
    }

    private static func checkHostPorts(
        _ container: FieldView, _ taken: inout Set<String>, _ findings: inout Findings
    ) {
        for port in container["ports"].items {
            guard let number = port["hostPort"].number, number != 0 else { continue }
            let key = "\(port["protocol"].text)/\(port["hostIP"].text)/\(number)"
            if !taken.insert(key).inserted { findings.add(port["hostPort"].duplicate(key)) }
        }
    }

    private static func checkClaims(_ claims: FieldView, _ findings: inout Findings) -> Set<String> {
        var names: Set<String> = []
        for claim in claims.items {
            let name = claim["name"]
            if !name.isEmpty, !names.insert(name.text).inserted {
                findings.add(name.duplicate())
            } else {
                findings.name(name) { Names.dns1123Label($0) }
            }
            switch (claim["resourceClaimName"].exists, claim["resourceClaimTemplateName"].exists) {
            case (true, true):
                findings.add(
                    claim.invalid(
                        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"))
            case (false, false):
                findings.add(claim.invalid("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"))
            case _: break
            }
            for field in ["resourceClaimName", "resourceClaimTemplateName"] where claim[field].exists {
                for message in Names.dns1123Subdomain(claim[field].text) { findings.add(claim[field].invalid(message)) }
            }
        }
        return names
    }

    private static func checkPodResources(_ spec: FieldView, _ findings: inout Findings) {
        let resources = spec["resources"]
        if resources["claims"].exists {
            findings.add(resources["claims"].forbidden("claims cannot be set for Resources at pod-level"))
        }
        ResourceRules.check(resources, of: .pod, &findings)
        let sums = PodRequests.ofContainers(spec.value?.objectValue ?? Fields())
        for (name, _) in resources["requests"].entries {
            let requested = resources["requests"][key: name]
            if let sum = sums[name], let amount = requested.quantity, sum > amount {
                findings.add(
                    requested.invalid(
                        amount.text, "must be greater than or equal to aggregate container requests of \(sum)"))
            }
        }
        for container in spec["containers"].items {
            for (name, amount) in container["resources"]["limits"].entries {
                guard let limit = amount.quantity, let whole = resources["limits"][key: name].quantity, limit > whole
                else { continue }
                let place = resources["containers"].path
                let view = FieldView(nil, at: .key(.index(place, container.position), name))["limits"]
                findings.add(view.invalid(limit.text, "must be less than or equal to pod limits of \(whole.text)"))
            }
        }
    }

    private static func checkHostNetwork(_ spec: FieldView, isPod: Bool, _ findings: inout Findings) {
        guard spec["hostNetwork"].flag else { return }
        for container in spec["containers"].items {
            for port in container["ports"].items {
                let host = port["hostPort"].number ?? 0
                if isPod || host != 0, host != port["containerPort"].number ?? 0 {
                    findings.add(
                        port["hostPort"].invalid(host, "must match `containerPort` when `hostNetwork` is true"))
                }
            }
        }
    }

    private static func checkHostUsers(_ spec: FieldView, _ findings: inout Findings) {
        guard spec["hostUsers"].value == false else { return }
        for (field, name) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
        where spec[field].flag {
            findings.add(spec[name].forbidden("when `pod.Spec.HostUsers` is false"))
        }
    }

    private static func checkGates(_ gates: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for gate in gates.items {
            let name = gate["name"].text
            for message in Names.labelKey(name) { findings.add(gate.invalid(name, message)) }
            if !seen.insert(name).inserted { findings.add(gate.duplicate(name)) }
        }
    }

    // MARK: DNS

    private static let nameserversMax = 3
    private static let searchesMax = 32
    private static let searchTextMax = 2048

    private static func checkDNS(_ spec: FieldView, _ findings: inout Findings) {
        let config = spec["dnsConfig"]
        let servers = config["nameservers"]
        if spec["dnsPolicy"].text == "None" {
            guard config.exists else {
                return findings.add(config.required("must provide `dnsConfig` when `dnsPolicy` is None"))
            }
            guard !servers.isEmpty else {
                return findings.add(
                    servers.required("must provide at least one DNS nameserver when `dnsPolicy` is None"))
            }
        }
        if servers.items.count > nameserversMax {
            findings.add(servers.invalid("must not have more than \(nameserversMax) nameservers"))
        }
        for server in servers.items { findings.address(server) }
        let searches = config["searches"]
        if searches.items.count > searchesMax {
            findings.add(searches.invalid("must not have more than \(searchesMax) search paths"))
        }
        if searches.texts.joined(separator: " ").utf8.count > searchTextMax {
            findings.add(
                searches.invalid(
                    "must not have more than \(searchTextMax) characters (including spaces) in the search list"))
        }
        for search in searches.items where search.text != "." {
            let name = search.text.hasSuffix(".") ? String(search.text.dropLast()) : search.text
            for message in Names.dns1123SubdomainWithUnderscore(name) { findings.add(search.invalid(name, message)) }
        }
        for option in config["options"].items where option["name"].isEmpty {
            findings.add(option.required("must not be empty"))
        }
    }
}

extension FieldView {
    /// The same value under another path: some of upstream's paths leave out a step.
    func moved(to other: FieldView) -> FieldView { FieldView(value, at: other.path) }
}
