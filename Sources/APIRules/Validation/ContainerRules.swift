internal import APIMachinery

/// What must hold for one container, of whatever sort.
struct ContainerRules {
    enum Sort { case regular, initial, ephemeral }

    /// The pod's volumes by name.
    let volumes: [String: Value]
    let claimNames: Set<String>
    let gracePeriod: Int64?
    let restartPolicy: String
    /// Whether the pod's users are the host's.
    let hostUsers: Bool

    func check(_ container: FieldView, _ sort: Sort, _ findings: inout Findings) {
        findings.name(container["name"]) { Names.dns1123Label($0) }
        findings.require(container["image"])
        findings.choice(container["terminationMessagePolicy"], ["File", "FallbackToLogsOnError"])
        checkPorts(container["ports"], &findings)
        EnvironmentRules.checkVariables(container["env"], &findings)
        EnvironmentRules.checkSources(container["envFrom"], &findings)
        MountRules(volumes: volumes).check(container, &findings)
        findings.choice(container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"])
        ResourceRules.check(container["resources"], of: .container, claimNames: claimNames, &findings)
        checkResizePolicy(container["resizePolicy"], &findings)
        SecurityRules.checkContainer(container["securityContext"], hostUsers: hostUsers, &findings)
        switch sort {
        case .regular:
            checkProbes(container, &findings)
            checkRestarts(container, &findings)
        case .initial: checkInitial(container, &findings)
        case .ephemeral: checkEphemeral(container, &findings)
        }
    }

    private func checkPorts(_ ports: FieldView, _ findings: inout Findings) {
        var names: Set<String> = []
        for port in ports.items {
            let name = port["name"]
            if !name.isEmpty {
                let faults = Names.portName(name.text)
                findings.add(name, faults)
                if faults.isEmpty, !names.insert(name.text).inserted { findings.add(name.duplicate()) }
            }
            if (port["containerPort"].number ?? 0) == 0 {
                findings.add(port["containerPort"].required())
            } else {
                findings.port(port["containerPort"])
            }
            if (port["hostPort"].number ?? 0) != 0 { findings.port(port["hostPort"]) }
            findings.choice(port["protocol"], ["SCTP", "TCP", "UDP"])
            if !port["hostIP"].isEmpty { findings.address(port["hostIP"]) }
        }
    }

    private func checkResizePolicy(_ policies: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for policy in policies.items {
            let resource = policy["resourceName"].text
            if !seen.insert(resource).inserted { findings.add(policy.duplicate(resource)) }
            if !["cpu", "memory"].contains(resource) {
                findings.add(.notSupported(policies.path.description, resource, ["cpu", "memory"]))
            }
            let restart = policy["restartPolicy"].text
            if !["NotRequired", "RestartContainer"].contains(restart) {
                findings.add(.notSupported(policies.path.description, restart, ["NotRequired", "RestartContainer"]))
            }
            if restartPolicy == "Never", restart != "NotRequired" {
                findings.add(policies.invalid(restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
            }
        }
    }

    // MARK: Probes and hooks

    private func checkProbes(_ container: FieldView, _ findings: inout Findings) {
        let lifecycle = container["lifecycle"]
        for hook in ["postStart", "preStop"] where lifecycle[hook].exists {
            HandlerRules.check(lifecycle[hook], gracePeriod: gracePeriod, &findings)
        }
        for (name, mustSucceedOnce) in [("livenessProbe", true), ("readinessProbe", false), ("startupProbe", true)] {
            let probe = container[name]
            guard probe.exists else { continue }
            HandlerRules.check(probe, gracePeriod: gracePeriod, &findings)
            for field in [
                "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
            ] { findings.nonNegative(probe[field]) }
            let grace = probe["terminationGracePeriodSeconds"]
            if let seconds = grace.number, seconds <= 0 { findings.add(grace.invalid("must be greater than 0")) }
            if mustSucceedOnce {
                let threshold = probe["successThreshold"]
                if let count = threshold.number, count != 1 { findings.add(threshold.invalid("must be 1")) }
            } else if grace.exists {
                findings.add(grace.invalid("must not be set for readinessProbes"))
            }
        }
    }

    private func checkInitial(_ container: FieldView, _ findings: inout Findings) {
        let policy = container["restartPolicy"]
        checkRestarts(container, &findings)
        guard policy.text != "Always" else { return checkProbes(container, &findings) }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] where container[field].exists {
            findings.add(
                container[field].forbidden("may not be set for init containers without restartPolicy=Always"))
        }
    }

    private static let restartRulesMax = 20
    private static let exitCodesMax = 255

    private func checkRestarts(_ container: FieldView, _ findings: inout Findings) {
        let (policy, rules) = (container["restartPolicy"], container["restartPolicyRules"])
        guard policy.exists || rules.exists else { return }
        if policy.exists {
            if !["Always", "Never", "OnFailure"].contains(policy.text) {
                findings.add(policy.notSupported(["Always", "Never", "OnFailure"]))
            }
        } else if !rules.isEmpty {
            findings.add(policy.required("must specify restartPolicy when restart rules are used"))
        }
        if rules.items.count > Self.restartRulesMax { findings.add(rules.tooLong(Self.restartRulesMax)) }
        for rule in rules.items {
            if !["Restart", "RestartAllContainers"].contains(rule["action"].text) {
                findings.add(rule["action"].invalidChoice(["Restart", "RestartAllContainers"]))
            }
            let codes = rule["exitCodes"]
            guard codes.exists else {
                findings.add(codes.required("must be specified"))
                continue
            }
            if !["In", "NotIn"].contains(codes["operator"].text) {
                findings.add(codes["operator"].invalidChoice(["In", "NotIn"]))
            }
            let values = codes["values"]
            if values.isEmpty { findings.add(values.invalid("must have at least one value")) }
            if values.items.count > Self.exitCodesMax { findings.add(values.tooLong(Self.exitCodesMax)) }
        }
    }

    private func checkEphemeral(_ container: FieldView, _ findings: inout Findings) {
        for field in [
            "lifecycle", "livenessProbe", "ports", "readinessProbe", "restartPolicy", "resizePolicy", "startupProbe",
        ]
        where !container[field].isEmpty {
            findings.add(container[field].forbidden("cannot be set for an Ephemeral Container"))
        }
        if !container["resources"].isEmpty {
            findings.add(container["resources"].forbidden("cannot be set for an Ephemeral Container"))
        }
        for mount in container["volumeMounts"].items {
            for field in ["subPath", "subPathExpr"] where !mount[field].isEmpty {
                findings.add(mount[field].forbidden("cannot be set for an Ephemeral Container"))
            }
        }
    }
}

/// Probes and lifecycle hooks: exactly one way to act.
enum HandlerRules {
    static func check(_ handler: FieldView, gracePeriod: Int64?, _ findings: inout Findings) {
        var count = 0
        for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] where handler.has(kind) {
            count += 1
            guard count == 1 else {
                findings.add(handler[kind].forbidden("may not specify more than 1 handler type"))
                continue
            }
            checkAction(kind, handler[kind], gracePeriod, &findings)
        }
        if count == 0 { findings.add(handler.required("must specify a handler type")) }
    }

    private static func checkAction(
        _ kind: String, _ action: FieldView, _ gracePeriod: Int64?, _ findings: inout Findings
    ) {
        switch kind {
        case "exec":
            findings.require(action["command"])
        case "httpGet":
            findings.require(action["path"])
            findings.portNumberOrName(action["port"])
            findings.choice(action["scheme"], ["HTTP", "HTTPS"])
            for header in action["httpHeaders"].items {
                for message in Names.httpHeaderName(header["name"].text) {
                    findings.add(action["httpHeaders"].invalid(header["name"].text, message))
                }
            }
        case "sleep":
            let seconds = action["seconds"].number ?? 0
            if let gracePeriod, seconds < 0 || seconds > gracePeriod {
                findings.add(
                    action.invalid(
                        seconds,
                        "must be non-negative and less than terminationGracePeriodSeconds (\(gracePeriod))"))
            }
        case _:
            findings.portNumberOrName(action["port"])
        }
    }
}
