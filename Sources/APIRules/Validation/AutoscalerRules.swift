package import APIMachinery

/// HorizontalPodAutoscalers (`autoscaling/validation`).
package enum AutoscalerRules {
    private static let windowMax: Int64 = 3600
    private static let periodMax: Int64 = 1800

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let (least, most) = (spec["minReplicas"], spec["maxReplicas"])
            if let count = least.number, count < 1 {
                findings.add(least.invalid("must be greater than or equal to 1"))
            }
            if (most.number ?? 0) < 1 { findings.add(most.invalid(most.number ?? 0, "must be greater than 0")) }
            if let low = least.number, (most.number ?? 0) < low {
                findings.add(most.invalid(most.number ?? 0, "must be greater than or equal to `minReplicas`"))
            }
            checkReference(spec["scaleTargetRef"], &findings)
            for metric in spec["metrics"].items { checkMetric(metric, &findings) }
            for direction in ["scaleUp", "scaleDown"] { checkScaling(spec["behavior"][direction], &findings) }
        }
    }

    private static func checkReference(_ reference: FieldView, _ findings: inout Findings) {
        for field in ["kind", "name"] { findings.name(reference[field]) { Names.pathSegment($0) } }
    }

    // MARK: Metrics

    /// The types of metrics and their fields, in the order in which upstream looks at them.
    private static let sources = [
        ("Object", "object"), ("External", "external"), ("Pods", "pods"), ("Resource", "resource"),
        ("ContainerResource", "containerResource"),
    ]

    private static func checkMetric(_ metric: FieldView, _ findings: inout Findings) {
        let type = metric["type"]
        guard !type.isEmpty else { return findings.add(type.required("must specify a metric source type")) }
        guard let field = sources.first(where: { $0.0 == type.text })?.1 else {
            return findings.add(type.notSupported(sources.map(\.0).sorted()))
        }
        let given = sources.map(\.1).filter { metric[$0].exists }
        if let first = given.first { checkSource(first, metric[first], &findings) }
        if !given.contains(field) {
            findings.add(metric[field].required("must populate information for the given metric source"))
        }
        guard given.count > 1 else { return }
        for other in given where other != field {
            findings.add(metric[other].forbidden("must populate the given metric source only"))
        }
    }

    private static func checkSource(_ kind: String, _ source: FieldView, _ findings: inout Findings) {
        let target = source["target"]
        let (value, average, percent) = (target["value"], target["averageValue"], target["averageUtilization"])
        switch kind {
        case "resource", "containerResource":
            findings.require(source["name"], "must specify a resource name")
            if kind == "containerResource" { findings.require(source["container"], "must specify a container") }
            checkTarget(target, &findings)
            if !percent.exists, !average.exists {
                findings.add(percent.required("must set either a target raw value or a target utilization"))
            }
            if percent.exists, average.exists {
                findings.add(average.forbidden("may not set both a target raw value and a target utilization"))
            }
            return
        case "object": checkReference(source["describedObject"], &findings)
        case _: break
        }
        let name = source["metric"]["name"]
        if name.isEmpty {
            findings.add(name.required("must specify a metric name"))
        } else {
            findings.add(name, Names.pathSegment(name.text))
        }
        checkTarget(target, &findings)
        switch kind {
        case "object":
            if !value.exists, !average.exists {
                findings.add(average.required("must set either a target value or averageValue"))
            }
        case "external":
            if !value.exists, !average.exists {
                findings.add(average.required("must set either a target value for metric or a per-pod target"))
            }
            if value.exists, average.exists {
                findings.add(value.forbidden("may not set both a target value for metric and a per-pod target"))
            }
        case _:
            if (average.quantity ?? .zero) <= .zero {
                findings.add(average.required("must specify a positive target averageValue"))
            }
        }
    }

    private static func checkTarget(_ target: FieldView, _ findings: inout Findings) {
        let type = target["type"]
        if type.isEmpty { findings.add(type.required("must specify a metric target type")) }
        if !["Utilization", "Value", "AverageValue"].contains(type.text) {
            findings.add(type.invalid(type.text, "must be either Utilization, Value, or AverageValue"))
        }
        for name in ["value", "averageValue"] {
            if let amount = target[name].quantity, amount <= .zero {
                findings.add(target[name].invalid(amount.text, "must be positive"))
            }
        }
        let percent = target["averageUtilization"]
        if let number = percent.number, number < 1 { findings.add(percent.invalid("must be greater than 0")) }
    }

    // MARK: Behavior

    private static func checkScaling(_ rules: FieldView, _ findings: inout Findings) {
        guard rules.exists else { return }
        let window = rules["stabilizationWindowSeconds"]
        if let seconds = window.number, seconds < 0 {
            findings.add(window.invalid("must be greater than or equal to zero"))
        }
        if let seconds = window.number, seconds > windowMax {
            findings.add(window.invalid("must be less than or equal to \(windowMax)"))
        }
        findings.choice(rules["selectPolicy"], ["Disabled", "Max", "Min"], isOptional: true)
        if rules["policies"].isEmpty { findings.add(rules["policies"].required("must specify at least one Policy")) }
        for policy in rules["policies"].items { checkPolicy(policy, &findings) }
        if let tolerance = rules["tolerance"].quantity, tolerance.isNegative {
            findings.add(rules["tolerance"].invalid(tolerance.text, "must be greater than or equal to 0"))
        }
    }

    private static func checkPolicy(_ policy: FieldView, _ findings: inout Findings) {
        if !["Percent", "Pods"].contains(policy["type"].text) {
            findings.add(policy["type"].invalidChoice(["Percent", "Pods"]))
        }
        for field in ["value", "periodSeconds"] where (policy[field].number ?? 0) <= 0 {
            findings.add(policy[field].invalid(policy[field].number ?? 0, "must be greater than zero"))
        }
        if let seconds = policy["periodSeconds"].number, seconds > periodMax {
            findings.add(policy["periodSeconds"].invalid("must be less than or equal to \(periodMax)"))
        }
    }
}
