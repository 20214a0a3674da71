package import APIMachinery

/// Namespaces, nodes, quotas and limit ranges.
package enum ClusterRules {
    // MARK: Namespaces

    package static func namespace(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            for finalizer in FieldView(object)["spec"]["finalizers"].items { checkFinalizer(finalizer, &findings) }
        }
    }

    private static func checkFinalizer(_ finalizer: FieldView, _ findings: inout Findings) {
        findings.add(finalizer, Names.labelKey(finalizer.text))
        if !finalizer.text.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer.text) {
            findings.add(
                finalizer.invalid("name is neither a standard finalizer name nor is it fully qualified"))
        }
    }

    package static func namespaceStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let phase = FieldView(object)["status"]["phase"].moved(to: FieldView(object)["status"]["Phase"])
            if old[path: "metadata", "deletionTimestamp"] == nil {
                if phase.text != "Active" {
                    findings.add(phase.invalid("may only be 'Active' if `deletionTimestamp` is empty"))
                }
            } else if phase.text != "Terminating" {
                findings.add(phase.invalid("may only be 'Terminating' if `deletionTimestamp` is not empty"))
            }
        }
    }

    // MARK: Nodes

    package static func node(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let node = FieldView(object)
            SchedulingRules.checkTaints(node["spec"]["taints"], at: node["metadata"]["taints"], &findings)
            for list in ["capacity", "allocatable"] {
                for (name, amount) in node["status"][list].entries {
                    ResourceRules.checkAmount(name, amount.moved(to: node["status"][list][name]), &findings)
                }
            }
            let blocks = node["spec"]["podCIDRs"]
            for block in blocks.items { findings.block(block) }
            if blocks.items.count > 1 {
                let families = blocks.texts.compactMap { CIDR($0, allowsLeadingZeros: true)?.address.family }
                if blocks.items.count > 2 || Set(families).count != blocks.items.count {
                    findings.add(blocks.invalid("may specify no more than one CIDR for each IP family"))
                }
            }
        }
    }

    package static func nodeUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            if !was["podCIDRs"].isEmpty, spec["podCIDRs"].value != was["podCIDRs"].value {
                findings.add(
                    spec["podCIDRs"].forbidden("node updates may not change podCIDR except from \"\" to valid"))
            }
            if !was["providerID"].isEmpty, spec["providerID"].value != was["providerID"].value {
                findings.add(
                    spec["providerID"].forbidden("node updates may not change providerID except from \"\" to valid"))
            }
        }
    }

    package static func nodeStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            var seen: Set<Value> = []
            for address in status["addresses"].items {
                if let value = address.value, !seen.insert(value).inserted { findings.add(address.duplicate()) }
            }
            for list in ["capacity", "allocatable"] {
                for (name, amount) in status[list].entries {
                    ResourceRules.checkAmount(name, amount.moved(to: status[list][name]), &findings)
                }
            }
        }
    }

    // MARK: Quotas

    private static let scopes: Set<String> = [
        "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ]

    package static func resourceQuota(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            for (name, amount) in spec["hard"].entries {
                ResourceRules.checkQuotaName(name, at: amount, &findings)
                ResourceRules.checkAmount(name, amount, &findings)
            }
            let list = spec["scopes"]
            for scope in list.texts where !scopes.contains(scope) { findings.add(list.invalid("unsupported scope")) }
            for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
            where Set(list.texts).isSuperset(of: pair) {
                findings.add(list.invalid("conflicting scopes"))
            }
            let expressions = spec["scopeSelector"]["matchExpressions"]
            for expression in expressions.items { checkScope(expression, expressions, &findings) }
        }
    }

    private static func checkScope(_ expression: FieldView, _ list: FieldView, _ findings: inout Findings) {
        let (scope, operation, values) = (expression["scopeName"], expression["operator"], expression["values"])
        if !scopes.contains(scope.text) {
            findings.add(scope.moved(to: list["scopeName"]).invalid("unsupported scope"))
        }
        switch operation.text {
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
            findings.add(operation.moved(to: list["operator"]).invalid("not a valid selector operator"))
        }
    }

    package static func resourceQuotaUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let list = FieldView(object)["spec"]["scopes"]
            if Set(list.texts) != Set(FieldView(old)["spec"]["scopes"].texts) {
                findings.add(list.invalid(list.value ?? .null, "field is immutable"))
            }
        }
    }

    // MARK: Limit ranges

    package static func limitRange(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            var types: Set<String> = []
            for item in FieldView(object)["spec"]["limits"].items {
                let type = item["type"]
                findings.add(type, Names.labelKey(type.text))
                if !type.text.contains("/"), !["Pod", "Container", "PersistentVolumeClaim"].contains(type.text) {
                    findings.add(type.invalid("must be a standard limit type or fully qualified"))
                }
                if !types.insert(type.text).inserted { findings.add(type.duplicate()) }
                checkLimits(item, type.text, &findings)
            }
        }
    }

    private static func checkLimits(_ item: FieldView, _ type: String, _ findings: inout Findings) {
        var names: Set<String> = []
        for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            if type == "Pod", field.hasPrefix("default") {
                if !item[field].isEmpty {
                    findings.add(item[field].forbidden("may not be specified when `type` is 'Pod'"))
                }
                continue
            }
            for (name, amount) in item[field].entries {
                ResourceRules.checkLimitName(name, type: type, at: amount, &findings)
                names.insert(name)
            }
        }
        if type == "PersistentVolumeClaim", item["min"].value?["storage"] == nil, item["max"].value?["storage"] == nil {
            findings.add(
                item["limits"].required(
                    "either minimum or maximum storage value is required, but neither was provided"))
        }
        for name in names.sorted() { checkOrder(item, name, &findings) }
    }

    private static func checkOrder(_ item: FieldView, _ name: String, _ findings: inout Findings) {
        let amount = { (field: String) in item[field][key: name].quantity }
        let compare = { (low: String, high: String, at: String, text: (Quantity, Quantity) -> String) -> FieldError? in
            guard let a = amount(low), let b = amount(high), a > b, let shown = amount(at) else { return nil }
            return item[at][key: name].invalid(shown.text, text(a, b))
        }
        let found = [
            compare("min", "max", "min") { "min value \($0) is greater than max value \($1)" },
            compare("min", "defaultRequest", "defaultRequest") {
                "min value \($0) is greater than default request value \($1)"
            },
            compare("defaultRequest", "max", "defaultRequest") {
                "default request value \($0) is greater than max value \($1)"
            },
            compare("defaultRequest", "default", "defaultRequest") {
                "default request value \($0) is greater than default limit value \($1)"
            },
            compare("min", "default", "default") { "min value \($0) is greater than default value \($1)" },
            compare("default", "max", "default") { "default value \($0) is greater than max value \($1)" },
        ]
        findings.errors += found.compactMap { $0 }
        if let ratio = amount("maxLimitRequestRatio"), ratio < .units(1) {
            findings.add(item["maxLimitRequestRatio"][key: name].invalid(ratio.text, "ratio \(ratio) is less than 1"))
        }
    }
}
