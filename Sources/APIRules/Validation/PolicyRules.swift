package import APIMachinery

/// Budgets, priorities, leases, runtimes, signing requests.
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
            let strategy = spec["strategy"]
            if strategy.exists { checkElection(strategy, at: strategy["strategy"], &findings) }
            if !spec["preferredHolder"].isEmpty, strategy.isEmpty {
                findings.add(spec["preferredHolder"].forbidden("may only be specified if `strategy` is defined"))
            }
        }
    }

    /// - at: where upstream sees the fault: one step too deep.
    private static func checkElection(_ strategy: FieldView, at view: FieldView, _ findings: inout Findings) {
        if !strategy.text.utf8.contains(UInt8(ascii: "/")) {
            guard strategy.text != "OldestEmulationVersion" else { return }
            findings.add(.notSupported(view.path.description, strategy.text, ["OldestEmulationVersion"]))
        } else {
            for message in Names.labelKey(strategy.text) { findings.add(view.invalid(strategy.text, message)) }
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
}
