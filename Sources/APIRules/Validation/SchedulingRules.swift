internal import APIMachinery

/// Where a pod may go: affinity, tolerations, spreading.
enum SchedulingRules {
    private static let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

    // MARK: Affinity

    static func checkAffinity(_ affinity: FieldView, _ findings: inout Findings) {
        let nodes = affinity["nodeAffinity"]
        let required = nodes["requiredDuringSchedulingIgnoredDuringExecution"]
        if required.exists { checkNodeSelector(required, &findings) }
        for preference in nodes["preferredDuringSchedulingIgnoredDuringExecution"].items {
            checkWeight(preference["weight"], &findings)
            checkTerm(preference["preference"], checksValues: false, &findings)
        }
        for kind in ["podAffinity", "podAntiAffinity"] {
            for term in affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"].items {
                checkPodTerm(term, &findings)
            }
            for preference in affinity[kind]["preferredDuringSchedulingIgnoredDuringExecution"].items {
                checkWeight(preference["weight"], &findings)
                checkPodTerm(preference["podAffinityTerm"], &findings)
            }
        }
    }

    private static func checkWeight(_ weight: FieldView, _ findings: inout Findings) {
        if !(1...100).contains(weight.number ?? 0) {
            findings.add(weight.invalid(weight.number ?? 0, "must be in the range 1-100"))
        }
    }

    /// - allowsAnyValue: the values are not looked at, because an older object had wrong ones.
    static func checkNodeSelector(
        _ selector: FieldView, allowsAnyValue: Bool = false, _ findings: inout Findings
    ) {
        let terms = selector["nodeSelectorTerms"]
        guard !terms.isEmpty else { return findings.add(terms.required("must have at least one node selector term")) }
        for term in terms.items { checkTerm(term, checksValues: !allowsAnyValue, &findings) }
    }

    private static func checkTerm(_ term: FieldView, checksValues: Bool, _ findings: inout Findings) {
        for requirement in term["matchExpressions"].items {
            checkRequirement(requirement, checksValues: checksValues, &findings)
        }
        for requirement in term["matchFields"].items {
            let (operation, values, key) = (requirement["operator"], requirement["values"], requirement["key"])
            if !["In", "NotIn"].contains(operation.text) {
                findings.add(operation.invalid("not a valid selector operator"))
            } else if values.items.count != 1 {
                findings.add(
                    values.required("must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
                )
            }
            if key.text == "metadata.name" {
                for value in values.items { findings.add(value, Names.dns1123Subdomain(value.text)) }
            } else {
                findings.add(key.invalid("not a valid field selector key"))
            }
        }
    }

    private static func checkRequirement(
        _ requirement: FieldView, checksValues: Bool, _ findings: inout Findings
    ) {
        let values = requirement["values"]
        switch requirement["operator"].text {
        case "In", "NotIn":
            if values.isEmpty { findings.add(values.required("must be specified when `operator` is 'In' or 'NotIn'")) }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                findings.add(values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
            }
        case "Gt", "Lt":
            if values.items.count != 1 {
                findings.add(values.required("must be specified single value when `operator` is 'Lt' or 'Gt'"))
            }
        case _:
            findings.add(requirement["operator"].invalid("not a valid selector operator"))
        }
        findings.add(requirement["key"], Names.labelKey(requirement["key"].text))
        guard checksValues else { return }
        for value in values.items { findings.add(value, Names.labelValue(value.text)) }
    }

    private static func checkPodTerm(_ term: FieldView, _ findings: inout Findings) {
        for field in ["labelSelector", "namespaceSelector"] { findings.labelSelector(term[field]) }
        for namespace in term["namespaces"].items {
            for message in Names.dns1123Label(namespace.text) {
                findings.add(term["namespace"].invalid(namespace.text, message))
            }
        }
        for field in ["matchLabelKeys", "mismatchLabelKeys"] where !term[field].isEmpty {
            guard term["labelSelector"].exists else {
                findings.add(term[field].forbidden("must not be specified when labelSelector is not set"))
                continue
            }
            for key in term[field].items { findings.add(key, Names.labelKey(key.text)) }
        }
        let mismatched = Set(term["mismatchLabelKeys"].texts)
        for key in term["matchLabelKeys"].items where mismatched.contains(key.text) {
            findings.add(key.invalid("exists in both matchLabelKeys and mismatchLabelKeys"))
        }
        let topology = term["topologyKey"]
        if topology.isEmpty { findings.add(topology.required("can not be empty")) }
        findings.add(topology, Names.labelKey(topology.text))
    }

    // MARK: Taints and tolerations

    static func checkTolerations(_ tolerations: FieldView, _ findings: inout Findings) {
        for toleration in tolerations.items {
            let (key, operation, value, effect) = (
                toleration["key"], toleration["operator"], toleration["value"], toleration["effect"]
            )
            findings.optionalName(key) { Names.labelKey($0) }
            if key.isEmpty, operation.text != "Exists" {
                findings.add(
                    operation.invalid(
                        "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
            }
            if toleration["tolerationSeconds"].exists, effect.text != "NoExecute" {
                findings.add(effect.invalid("effect must be 'NoExecute' when `tolerationSeconds` is set"))
            }
            switch operation.text {
            case "Equal", "":
                let faults = Names.labelValue(value.text)
                if !faults.isEmpty { findings.add(operation.invalid(value.text, faults.joined(separator: ";"))) }
            case "Exists":
                if !value.isEmpty {
                    findings.add(operation.invalid(value.text, "value must be empty when `operator` is 'Exists'"))
                }
            case _:
                findings.add(operation.notSupported(["Equal", "Exists"]))
            }
            findings.choice(effect, effects, isOptional: true)
        }
    }

    static func checkTaints(_ taints: FieldView, at path: FieldView, _ findings: inout Findings) {
        var seen: Set<[String]> = []
        for (index, item) in taints.items.enumerated() {
            let taint = FieldView(item.value, at: .index(path.path, index))
            findings.add(taint["key"], Names.labelKey(taint["key"].text))
            let faults = Names.labelValue(taint["value"].text)
            if !faults.isEmpty { findings.add(taint["value"].invalid(faults.joined(separator: ";"))) }
            findings.choice(taint["effect"], effects)
            if !seen.insert([taint["key"].text, taint["effect"].text]).inserted {
                var error = taint.duplicate(InternalText.taint(taint))
                error.body += ": taints must be unique by key and effect pair"
                findings.add(error)
            }
        }
    }

    // MARK: Spreading

    static func checkSpread(_ constraints: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for constraint in constraints.items {
            let skew = constraint["maxSkew"]
            if (skew.number ?? 0) <= 0 { findings.add(skew.invalid(skew.number ?? 0, "must be greater than zero")) }
            findings.require(constraint["topologyKey"], "can not be empty")
            let action = constraint["whenUnsatisfiable"]
            if !["DoNotSchedule", "ScheduleAnyway"].contains(action.text) {
                findings.add(
                    .notSupported(action.path.description, action.text, ["DoNotSchedule", "ScheduleAnyway"]))
            }
            let pair = "{\(constraint["topologyKey"].text), \(action.text)}"
            if !seen.insert(pair).inserted {
                findings.add(constraint["{topologyKey, whenUnsatisfiable}"].duplicate(pair))
            }
            let domains = constraint["minDomains"]
            if let count = domains.number {
                if count <= 0 { findings.add(domains.invalid("must be greater than zero")) }
                if action.text != "DoNotSchedule" {
                    findings.add(
                        domains.invalid(
                            "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action.text)"))
                }
            }
            for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
                findings.choice(constraint[field], ["Honor", "Ignore"], isOptional: true)
            }
            let keys = constraint["matchLabelKeys"]
            if !keys.isEmpty, !constraint["labelSelector"].exists {
                findings.add(keys.forbidden("must not be specified when labelSelector is not set"))
            }
            for key in keys.items { findings.add(key, Names.labelKey(key.text)) }
            findings.labelSelector(constraint["labelSelector"])
        }
    }
}
