internal import APIMachinery

/// Names and amounts of resources: requests, limits, quotas, capacities.
enum ResourceRules {
    enum Holder { case container, pod }

    private static let containerResources: Set<String> = ["cpu", "memory", "ephemeral-storage"]
    private static let quotaResources: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage",
        "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods",
        "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps",
        "services.nodeports", "services.loadbalancers",
    ]
    private static let integerResources: Set<String> = [
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    ]

    static func check(
        _ resources: FieldView, of holder: Holder, claimNames: Set<String> = [], _ findings: inout Findings
    ) {
        let (limits, requests) = (resources["limits"], resources["requests"])
        var names: Set<String> = []
        for (name, amount) in limits.entries {
            names.insert(name)
            checkName(name, at: amount, of: holder, &findings)
            checkAmount(name, amount, &findings)
        }
        for (name, amount) in requests.entries {
            names.insert(name)
            checkName(name, at: amount, of: holder, &findings)
            checkAmount(name, amount, &findings)
            checkBound(name, amount, limits, requests, &findings)
        }
        if names.contains(where: isHugePages), names.isDisjoint(with: ["cpu", "memory"]) {
            findings.add(resources.forbidden("HugePages require cpu or memory"))
        }
        checkClaims(resources["claims"], claimNames, &findings)
    }

    private static func checkBound(
        _ name: String, _ amount: FieldView, _ limits: FieldView, _ requests: FieldView, _ findings: inout Findings
    ) {
        guard let requested = amount.quantity else { return }
        guard let limit = limits[key: name].quantity else {
            if !mayOvercommit(name) {
                findings.add(limits.required("Limit must be set for non overcommitable resources"))
            }
            return
        }
        if requested != limit, !mayOvercommit(name) {
            findings.add(requests.invalid(requested.text, "must be equal to \(name) limit of \(limit)"))
        } else if requested > limit {
            findings.add(requests.invalid(requested.text, "must be less than or equal to \(name) limit of \(limit)"))
        }
    }

    private static func checkClaims(_ claims: FieldView, _ known: Set<String>, _ findings: inout Findings) {
        var seen: Set<String> = []
        for claim in claims.items {
            let name = claim["name"].text
            if name.isEmpty {
                findings.add(claim.required())
                continue
            }
            let request = claim["request"].text
            let key = request.isEmpty ? name : "\(name)/\(request)"
            if !seen.insert(key).inserted { findings.add(claim.duplicate(key)) }
            if !known.contains(name) {
                let list = known.isEmpty ? " which is empty" : ": " + known.sorted().joined(separator: ", ")
                findings.add(
                    FieldError(
                        .notFound, claim.path.description,
                        "Not found: \"\(name)\": must be one of the names in pod.spec.resourceClaims\(list)"))
            }
        }
    }

    // MARK: Amounts

    static func checkAmount(_ name: String, _ amount: FieldView, _ findings: inout Findings) {
        guard let quantity = amount.quantity else { return }
        if quantity.isNegative { findings.add(amount.invalid(quantity.text, "must be greater than or equal to 0")) }
        if isInteger(name), quantity.milliValue % 1000 != 0 {
            findings.add(amount.invalid(quantity.text, "must be an integer"))
        }
    }

    /// - returns: whether it is an amount that can be had at all.
    @discardableResult
    static func checkBasic(_ amount: FieldView, _ findings: inout Findings) -> Bool {
        guard let units = amount.quantity?.value, units < 0 else { return true }
        findings.add(amount.invalid(units, "must be a valid resource quantity"))
        return false
    }

    private static func isInteger(_ name: String) -> Bool { integerResources.contains(name) || isExtended(name) }
    private static func isHugePages(_ name: String) -> Bool { name.hasPrefix("hugepages-") }

    /// Kubernetes' own: no prefix, or one that holds `kubernetes.io/`.
    static func isNative(_ name: String) -> Bool { !name.contains("/") || name.contains("kubernetes.io/") }

    static func isExtended(_ name: String) -> Bool {
        !isNative(name) && !name.hasPrefix("requests.") && Names.labelKey("requests." + name).isEmpty
    }

    static func mayOvercommit(_ name: String) -> Bool { isNative(name) && !isHugePages(name) }

    // MARK: Names

    private static func checkName(
        _ name: String, at view: FieldView, of holder: Holder, _ findings: inout Findings
    ) {
        let faults = Names.labelKey(name)
        guard faults.isEmpty else {
            for fault in faults { findings.add(view.invalid(name, fault)) }
            return
        }
        let isPlain = !name.contains("/")
        if isPlain, !isStandard(name) {
            findings.add(view.invalid(name, "must be a standard resource type or fully qualified"))
        }
        switch holder {
        case .pod:
            if name != "cpu", name != "memory", !isHugePages(name) {
                findings.add(.notSupported(view.path.description, name, ["cpu", "hugepages-", "memory"]))
            }
        case .container:
            if isPlain, !containerResources.contains(name), !isHugePages(name) {
                findings.add(view.invalid(name, "must be a standard resource for containers"))
            } else if !isPlain, !isNative(name), !isExtended(name) {
                findings.add(view.invalid(name, "doesn't follow extended resource name standard"))
            }
        }
    }

    private static func isStandard(_ name: String) -> Bool {
        quotaResources.contains(name) || name == "storage" || isHugePages(name) || name.hasPrefix("requests.hugepages-")
    }

    static func isQuotaResource(_ name: String) -> Bool {
        quotaResources.contains(name) || isHugePages(name) || name.hasPrefix("requests.hugepages-")
    }

    static func checkQuotaName(_ name: String, at view: FieldView, _ findings: inout Findings) {
        let faults = Names.labelKey(name)
        guard faults.isEmpty else {
            for fault in faults { findings.add(view.invalid(name, fault)) }
            return
        }
        guard !name.contains("/") else { return }
        if !isStandard(name) {
            findings.add(view.invalid(name, "must be a standard resource type or fully qualified"))
        }
        if !isQuotaResource(name) {
            findings.add(view.invalid(name, "must be a standard resource for quota"))
        }
    }

    /// The name of a resource in a LimitRange.
    static func checkLimitName(_ name: String, type: String, at view: FieldView, _ findings: inout Findings) {
        if type == "Pod" || type == "Container" { return checkName(name, at: view, of: .container, &findings) }
        let faults = Names.labelKey(name)
        for fault in faults { findings.add(view.invalid(name, fault)) }
        if faults.isEmpty, !name.contains("/"), !isStandard(name) {
            findings.add(view.invalid(name, "must be a standard resource type or fully qualified"))
        }
    }
}
