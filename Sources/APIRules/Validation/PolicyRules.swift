package import APIMachinery

/// Budgets, priorities, autoscalers, leases, runtimes, signing requests, events.
package enum PolicyRules {
    private static let userPriorityMax: Int64 = 1_000_000_000
    private static let systemPriorities: [String: Int64] = [
        "system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000,
    ]

    package static func disruptionBudget(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let (least, most) = (spec["minAvailable"], spec["maxUnavailable"])
            if least.exists, most.exists {
                findings.add(spec.invalid("minAvailable and maxUnavailable cannot be both set"))
            }
            for bound in [least, most] {
                findings.countOrPercent(bound)
                findings.atMostWhole(bound)
            }
            findings.labelSelector(spec["selector"])
            findings.choice(
                spec["unhealthyPodEvictionPolicy"], ["AlwaysAllow", "IfHealthyBudget"], isOptional: true)
        }
    }

    // MARK: Priorities

    package static func priorityClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            let name = item["metadata"]["name"]
            let value = item["value"].number ?? 0
            if name.text.hasPrefix("system-") {
                guard let known = systemPriorities[name.text] else {
                    return findings.add(
                        name.forbidden(
                            "priority class names with 'system-' prefix are reserved for system use only. error:"
                                + " \(name.text) is not a known system priority class"))
                }
                if known != value {
                    findings.add(
                        name.forbidden(
                            "priority class names with 'system-' prefix are reserved for system use only. error:"
                                + " value of \(name.text) PriorityClass must be \(known)"))
                }
            } else if value > userPriorityMax {
                findings.add(
                    item["value"].forbidden("maximum allowed value of a user defined priority is \(userPriorityMax)"))
            }
            findings.choice(item["preemptionPolicy"], ["PreemptLowerPriority", "Never"], isOptional: true)
        }
    }

    package static func priorityClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            if (item["value"].number ?? 0) != old["value"]?.integerValue ?? 0 {
                findings.add(item["value"].forbidden("may not be changed in an update."))
            }
            findings.immutable(item["preemptionPolicy"], old["preemptionPolicy"])
        }
    }

    // MARK: Autoscalers

    package static func autoscaler(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let (least, most) = (spec["minReplicas"], spec["maxReplicas"])
            if let count = least.number, count < 1 {
                findings.add(least.invalid("must be greater than or equal to 1"))
            }
            if (most.number ?? 0) < 1 { findings.add(most.invalid(most.number ?? 0, "must be greater than 0")) }
            if let low = least.number, let high = most.number, high < low {
                findings.add(most.invalid("must be greater than or equal to `minReplicas`"))
            }
            let target = spec["scaleTargetRef"]
            for field in ["kind", "name"] { findings.name(target[field]) { Names.pathSegment($0) } }
            for metric in spec["metrics"].items { checkMetric(metric, &findings) }
            for direction in ["scaleUp", "scaleDown"] { checkScaling(spec["behavior"][direction], &findings) }
        }
    }

    private static let metricSources = [
        "Object": "object", "Pods": "pods", "Resource": "resource", "ContainerResource": "containerResource",
        "External": "external",
    ]

    private static func checkMetric(_ metric: FieldView, _ findings: inout Findings) {
        let type = metric["type"]
        guard !type.isEmpty else { return findings.add(type.required("must specify a metric source type")) }
        guard let field = metricSources[type.text] else {
            return findings.add(
                type.notSupported(["ContainerResource", "External", "Object", "Pods", "Resource"]))
        }
        let source = metric[field]
        guard source.exists else {
            return findings.add(source.required("must populate information for the given metric source"))
        }
        for other in metricSources.values.sorted() where other != field && metric[other].exists {
            findings.add(metric[other].forbidden("must populate the given metric source only"))
        }
        let target = source["target"]
        findings.choice(target["type"], ["AverageValue", "Utilization", "Value"])
        if let percent = target["averageUtilization"].number, percent < 1 {
            findings.add(target["averageUtilization"].invalid("must be greater than 0"))
        }
        for name in ["value", "averageValue"] {
            if let amount = target[name].quantity, amount <= .zero {
                findings.add(target[name].invalid(amount.text, "must be positive"))
            }
        }
        if type.text.hasSuffix("Resource") { findings.require(source["name"], "must specify a resource name") }
    }

    private static func checkScaling(_ rules: FieldView, _ findings: inout Findings) {
        guard rules.exists else { return }
        let window = rules["stabilizationWindowSeconds"]
        findings.nonNegative(window)
        if let seconds = window.number, seconds > 3600 {
            findings.add(window.invalid("must be less than or equal to 3600"))
        }
        findings.choice(rules["selectPolicy"], ["Disabled", "Max", "Min"], isOptional: true)
        if rules["policies"].isEmpty { findings.add(rules["policies"].required("must specify at least one Policy")) }
        for policy in rules["policies"].items {
            findings.choice(policy["type"], ["Percent", "Pods"])
            if (policy["value"].number ?? 0) <= 0 { findings.add(policy["value"].invalid("must be greater than zero")) }
            let period = policy["periodSeconds"]
            if (period.number ?? 0) <= 0 { findings.add(period.invalid("must be greater than zero")) }
            if let seconds = period.number, seconds > 1800 {
                findings.add(period.invalid("must be less than or equal to 1800"))
            }
        }
    }

    // MARK: Leases, runtimes

    package static func lease(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            if let seconds = spec["leaseDurationSeconds"].number, seconds <= 0 {
                findings.add(spec["leaseDurationSeconds"].invalid("must be greater than 0"))
            }
            if let count = spec["leaseTransitions"].number, count < 0 {
                findings.add(spec["leaseTransitions"].invalid("must be greater than or equal to 0"))
            }
        }
    }

    package static func runtimeClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            findings.add(item["handler"], Names.dns1123Label(item["handler"].text))
            for (name, amount) in item["overhead"]["podFixed"].entries {
                ResourceRules.checkAmount(name, amount, &findings)
            }
            findings.labels(item["scheduling"]["nodeSelector"])
            SchedulingRules.checkTolerations(item["scheduling"]["tolerations"], &findings)
        }
    }

    package static func runtimeClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["handler"], old["handler"]) }
    }

    // MARK: Signing requests

    private static let usages: Set<String> = [
        "signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment",
        "cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth", "client auth", "code signing",
        "email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping",
        "ocsp signing", "microsoft sgc", "netscape sgc",
    ]

    package static func signingRequest(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            if spec["request"].isEmpty {
                findings.add(spec["request"].invalid("PEM block type must be CERTIFICATE REQUEST"))
            }
            if spec["usages"].isEmpty { findings.add(spec["usages"].required()) }
            var seen: Set<String> = []
            for usage in spec["usages"].items {
                if !usages.contains(usage.text) { findings.add(usage.notSupported(usages.sorted())) }
                if !seen.insert(usage.text).inserted { findings.add(usage.duplicate()) }
            }
            let signer = spec["signerName"]
            let parts = signer.text.split(separator: "/", omittingEmptySubsequences: false)
            if signer.isEmpty {
                findings.add(signer.required())
            } else if parts.count != 2 || !parts[0].contains(".") {
                findings.add(
                    signer.invalid(
                        "must be a fully qualified domain and path of the form 'example.com/signer-name'"))
            }
            if let seconds = spec["expirationSeconds"].number, seconds < 600 {
                findings.add(
                    spec["expirationSeconds"].invalid("may not specify a duration less than 600 seconds (10 minutes)"))
            }
        }
    }

    package static func signingRequestStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let conditions = FieldView(object)["status"]["conditions"]
            var seen: Set<String> = []
            for condition in conditions.items {
                let type = condition["type"]
                findings.require(type)
                if !seen.insert(type.text).inserted { findings.add(type.duplicate()) }
                if ["Approved", "Denied", "Failed"].contains(type.text), condition["status"].text != "True" {
                    findings.add(condition["status"].notSupported(["True"]))
                } else {
                    findings.choice(condition["status"], ["False", "True", "Unknown"])
                }
                if type.text == "Denied" && seen.contains("Approved")
                    || type.text == "Approved" && seen.contains("Denied")
                {
                    findings.add(
                        type.invalid("Approved and Denied conditions are mutually exclusive"))
                }
            }
        }
    }

    // MARK: Events

    package static func event(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let event = FieldView(object)
            let namespace = event["metadata"]["namespace"].text
            let involved = event["involvedObject"]["namespace"]
            if involved.isEmpty {
                if namespace != "default", namespace != "kube-system" {
                    findings.add(involved.invalid("", "does not match event.namespace"))
                }
            } else if involved.text != namespace {
                findings.add(involved.invalid("does not match event.namespace"))
            }
        }
    }
}
