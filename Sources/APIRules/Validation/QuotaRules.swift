package import APIMachinery

/// What must hold for resource quotas.
package enum QuotaRules {
    /// Scopes that say what a pod must be, and so take no values.
    private static let plainScopes: Set<String> = [
        "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity",
    ]
    private static let scopes = plainScopes.union(["PriorityClass", "VolumeAttributesClass"])
    private static let ofPods: Set<String> = [
        "pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory",
    ]
    private static let ofClaims: Set<String> = ["persistentvolumeclaims", "requests.storage"]

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            checkAmounts(spec["hard"], &findings)
            checkScopes(spec, &findings)
            checkSelector(spec, &findings)
        }
    }

    private static func checkAmounts(_ amounts: FieldView, _ findings: inout Findings) {
        for (name, amount) in amounts.entries {
            ResourceRules.checkQuotaName(name, at: amount, &findings)
            ResourceRules.checkAmount(name, amount, &findings)
        }
    }

    /// What a scope cannot count.
    private static func unfit(_ scope: String, for spec: FieldView) -> [String] {
        spec["hard"].entries.map(\.key).filter { name in
            guard ResourceRules.isQuotaResource(name) else { return false }
            switch scope {
            case "BestEffort": return name != "pods"
            case "VolumeAttributesClass": return !ofClaims.contains(name)
            case _: return scopes.contains(scope) && !ofPods.contains(name)
            }
        }
    }

    private static func checkScopes(_ spec: FieldView, _ findings: inout Findings) {
        let list = spec["scopes"]
        for scope in list.texts {
            if !scopes.contains(scope) { findings.add(list.invalid("unsupported scope")) }
            for _ in unfit(scope, for: spec) { findings.add(list.invalid("unsupported scope applied to resource")) }
        }
        checkConflicts(list.texts, at: list, list.value, &findings)
    }

    private static func checkConflicts(
        _ names: [String], at view: FieldView, _ shown: Value?, _ findings: inout Findings
    ) {
        for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
        where Set(names).isSuperset(of: pair) {
            findings.add(view.invalid(shown ?? .null, "conflicting scopes"))
        }
    }

    private static func checkSelector(_ spec: FieldView, _ findings: inout Findings) {
        let list = spec["scopeSelector"]["matchExpressions"]
        for expression in list.items {
            let scope = expression["scopeName"].text
            if !scopes.contains(scope) { findings.add(list["scopeName"].invalid(scope, "unsupported scope")) }
            for _ in unfit(scope, for: spec) {
                findings.add(
                    list.invalid(spec["scopeSelector"].value ?? .null, "unsupported scope applied to resource"))
            }
            checkOperator(expression, scope, at: list, &findings)
        }
        checkConflicts(list.items.map { $0["scopeName"].text }, at: list, spec["scopes"].value, &findings)
    }

    private static func checkOperator(
        _ expression: FieldView, _ scope: String, at list: FieldView, _ findings: inout Findings
    ) {
        let (operation, values) = (expression["operator"].text, expression["values"])
        if plainScopes.contains(scope), operation != "Exists" {
            findings.add(
                list["operator"].invalid(
                    operation,
                    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating,"
                        + " ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort,"
                        + " ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"))
        }
        switch operation {
        case "In", "NotIn":
            if values.isEmpty {
                findings.add(
                    list["values"].required(
                        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
            }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                findings.add(
                    values.moved(to: list["values"]).invalid(
                        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
            }
        case _:
            findings.add(list["operator"].invalid(operation, "not a valid selector operator"))
        }
    }

    // MARK: Changes

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let list = FieldView(object)["spec"]["scopes"]
            if Set(list.texts) != Set(FieldView(old)["spec"]["scopes"].texts) {
                findings.add(list.invalid(list.value ?? .null, "field is immutable"))
            }
        }
    }

    package static func status(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            for field in ["hard", "used"] { checkAmounts(FieldView(object)["status"][field], &findings) }
        }
    }
}
