package import APIMachinery

/// What must hold for stateful sets (`apps/validation`).
package enum StatefulSetRules {
    /// What is not looked at again in a set that is there already.
    private struct Allowances {
        var serviceName = false
        var claims = false
        var template = false
    }

    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { check(FieldView(object)["spec"], Allowances(), &$0) }
    }

    private static func check(_ spec: FieldView, _ allowed: Allowances, _ findings: inout Findings) {
        let management = spec["podManagementPolicy"]
        if management.isEmpty {
            findings.add(management.required())
        } else if !["OrderedReady", "Parallel"].contains(management.text) {
            findings.add(management.invalid("must be 'OrderedReady' or 'Parallel'"))
        }
        checkStrategy(spec["updateStrategy"], &findings)
        let retention = spec["persistentVolumeClaimRetentionPolicy"]
        for field in ["whenDeleted", "whenScaled"] {
            findings.choice(retention[field], ["Retain", "Delete"], isOptional: true)
        }
        if !allowed.claims {
            for claim in spec["volumeClaimTemplates"].items { ClaimRules.checkSpec(claim["spec"], &findings) }
        }
        for field in ["replicas", "minReadySeconds"] { findings.nonNegative(spec[field]) }
        findings.nonNegative(spec["ordinals"]["start"])
        if !allowed.serviceName { findings.optionalName(spec["serviceName"]) { Names.dns1123Label($0) } }
        let selector = spec["selector"]
        WorkloadRules.checkSelector(selector, of: "statefulset", &findings)
        let template = templateOfPods(spec)
        if WorkloadRules.checkMatch(selector, template, &findings) {
            if !allowed.template { PodRules.checkTemplate(template, &findings) }
            // Upstream looks at these twice.
            findings.labels(template["metadata"]["labels"].moved(to: template["labels"]))
            findings.annotations(template["metadata"]["annotations"].moved(to: template["annotations"]))
        } else {
            findings.add(FieldError(.invalid, selector.path.description, shownOnly(selector)))
        }
        WorkloadRules.checkLife(spec["template"]["spec"], "StatefulSet", &findings)
    }

    /// Upstream says of a selector that cannot be read no more than that.
    private static func shownOnly(_ selector: FieldView) -> String {
        "Invalid value: \((selector.value ?? .null).shownInFieldError)"
    }

    // MARK: How pods are replaced

    private static let counts: [(name: String, missing: Value)] = [("partition", 0), ("maxUnavailable", .null)]

    private static func checkStrategy(_ strategy: FieldView, _ findings: inout Findings) {
        let rolling = strategy["rollingUpdate"]
        switch strategy["type"].text {
        case "": findings.add(strategy.required())
        case "OnDelete":
            guard rolling.exists else { return }
            findings.add(
                rolling.invalid(
                    InternalText.rollout(rolling, counts), "only allowed for updateStrategy 'RollingUpdate'"))
        case "RollingUpdate":
            findings.nonNegative(rolling["partition"])
            let unavailable = rolling["maxUnavailable"]
            guard unavailable.exists else { return }
            findings.countOrPercent(unavailable)
            if WorkloadRules.isZero(unavailable) { findings.add(unavailable.invalid("cannot be 0")) }
            findings.atMostWhole(unavailable)
        case _:
            findings.add(
                strategy.invalid(InternalText.strategy(strategy, counts), "must be 'RollingUpdate' or 'OnDelete'"))
        }
    }

    // MARK: The template

    /// The template as the controller uses it: each pod gets volumes from the claim templates, and names of its own.
    private static func templateOfPods(_ spec: FieldView) -> FieldView {
        let template = spec["template"]
        guard var value = template.value, value["spec"]?.objectValue != nil else { return template }
        value.modifyFields { fields in
            fields.inObject("spec") { pod in
                _ = pod.remove("hostname")
                _ = pod.remove("subdomain")
                let names = spec["volumeClaimTemplates"].items.compactMap { $0["metadata"]["name"].value }
                guard !names.isEmpty else { return }
                let claimed = names.map { name -> Value in
                    ["name": name, "persistentVolumeClaim": ["claimName": name]]
                }
                let others = (pod["volumes"]?.arrayValue ?? []).filter { !names.contains($0["name"] ?? "") }
                pod["volumes"] = .array(claimed + others)
            }
        }
        return FieldView(value, at: template.path)
    }

    // MARK: Changes

    private static let changeable: Set<String> = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            // What can no longer change may have been taken under older rules.
            var allowed = Allowances(serviceName: true, claims: true)
            let before = Findings.of { check(FieldView(old)["spec"], allowed, &$0) }
            allowed.template = !before.isEmpty
            check(spec, allowed, &findings)
            let kept = { (value: Value?) in
                (value?.objectValue ?? Fields()).filter { !changeable.contains($0.name) }
            }
            if kept(spec.value) != kept(old["spec"]) {
                findings.add(
                    spec.forbidden(
                        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
                            + " 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and"
                            + " 'minReadySeconds' are forbidden"))
            }
        }
    }
}
