package import APIMachinery

/// What must hold for everything that makes pods (`apps/validation`, `core/validation`).
package enum WorkloadRules {
    // MARK: Deployments and ReplicaSets

    package static func deployment(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            findings.nonNegative(spec["replicas"])
            checkSelector(spec, "deployment", "ReplicaSet", &findings)
            checkStrategy(spec["strategy"], &findings)
            for field in ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
                findings.nonNegative(spec[field])
            }
            let deadline = spec["progressDeadlineSeconds"]
            if let seconds = deadline.number, seconds <= spec["minReadySeconds"].number ?? 0 {
                findings.add(deadline.invalid("must be greater than minReadySeconds"))
            }
        }
    }

    private static func checkStrategy(_ strategy: FieldView, _ findings: inout Findings) {
        let rolling = strategy["rollingUpdate"]
        switch strategy["type"].text {
        case "Recreate":
            if rolling.exists {
                findings.add(rolling.forbidden("may not be specified when strategy `type` is 'Recreate'"))
            }
        case "RollingUpdate":
            guard rolling.exists else {
                return findings.add(rolling.required("this should be defaulted and never be nil"))
            }
            let (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"])
            findings.countOrPercent(unavailable)
            findings.countOrPercent(surge)
            if isZero(unavailable), isZero(surge) {
                findings.add(unavailable.invalid("may not be 0 when `maxSurge` is 0"))
            }
            findings.atMostWhole(unavailable)
        case _:
            findings.add(strategy["type"].notSupported(["Recreate", "RollingUpdate"]))
        }
    }

    private static func isZero(_ view: FieldView) -> Bool {
        if let number = view.number { return number == 0 }
        return view.text.hasSuffix("%") && Int(view.text.dropLast()) == 0
    }

    package static func replicaSet(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            for field in ["replicas", "minReadySeconds"] { findings.nonNegative(spec[field]) }
            checkSelector(spec, "deployment", "ReplicaSet", &findings)
        }
    }

    package static func replicationController(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            for field in ["minReadySeconds", "replicas"] { findings.nonNegative(spec[field]) }
            let selector = spec["selector"]
            findings.require(selector)
            let template = spec["template"]
            guard template.exists else { return findings.add(template.required()) }
            let labels = template["metadata"]["labels"]
            if !selector.entries.allSatisfy({ labels.value?[$0.key] == $0.view.value }) {
                findings.add(labels.invalid(labels.value ?? .null, mismatch))
            }
            checkTemplate(template, "ReplicationController", &findings)
        }
    }

    // MARK: StatefulSets and DaemonSets

    package static func statefulSet(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(withClaimedVolumes(object))["spec"]
            let management = spec["podManagementPolicy"]
            if management.isEmpty {
                findings.add(management.required())
            } else if !["OrderedReady", "Parallel"].contains(management.text) {
                findings.add(management.invalid("must be 'OrderedReady' or 'Parallel'"))
            }
            let update = spec["updateStrategy"]
            switch update["type"].text {
            case "": findings.add(update.required())
            case "OnDelete":
                if update["rollingUpdate"].exists {
                    findings.add(
                        update["rollingUpdate"].invalid("only allowed for updateStrategy 'RollingUpdate'"))
                }
            case "RollingUpdate":
                findings.nonNegative(update["rollingUpdate"]["partition"])
                findings.countOrPercent(update["rollingUpdate"]["maxUnavailable"])
            case _: findings.add(update.invalid("must be 'RollingUpdate' or 'OnDelete'"))
            }
            let retention = spec["persistentVolumeClaimRetentionPolicy"]
            for field in ["whenDeleted", "whenScaled"] {
                findings.choice(retention[field], ["Delete", "Retain"], isOptional: true)
            }
            for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] { findings.nonNegative(spec[field]) }
            findings.nonNegative(spec["ordinals"]["start"])
            checkSelector(spec, "statefulset", "StatefulSet", &findings)
        }
    }

    /// The set with the volumes that each pod gets from the claim templates: containers may mount them.
    private static func withClaimedVolumes(_ set: Value) -> Value {
        var volumes = set[path: "spec", "template", "spec", "volumes"]?.arrayValue ?? []
        let names = (set[path: "spec", "volumeClaimTemplates"]?.arrayValue ?? []).compactMap {
            $0[path: "metadata", "name"]
        }
        let claimed = names.filter { name in !volumes.contains { $0["name"] == name } }
        guard !claimed.isEmpty else { return set }
        volumes += claimed.map { ["name": $0, "persistentVolumeClaim": ["claimName": $0]] }
        var set = set
        set[path: "spec", "template", "spec", "volumes"] = .array(volumes)
        return set
    }

    private static let changeableOfStatefulSet: Set<String> = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]

    package static func statefulSetUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let kept = { (value: Value?) in
                (value?.objectValue ?? Fields()).filter { !changeableOfStatefulSet.contains($0.name) }
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

    package static func daemonSet(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            checkSelector(spec, "daemonset", "DaemonSet", &findings)
            for field in ["minReadySeconds", "revisionHistoryLimit"] { findings.nonNegative(spec[field]) }
            let update = spec["updateStrategy"]
            switch update["type"].text {
            case "OnDelete": break
            case "RollingUpdate": checkDaemonRollout(update["rollingUpdate"], &findings)
            case _: findings.add(update["type"].notSupported(["RollingUpdate", "OnDelete"]))
            }
        }
    }

    private static func checkDaemonRollout(_ rolling: FieldView, _ findings: inout Findings) {
        guard rolling.exists else { return findings.add(rolling.required()) }
        let (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"])
        findings.countOrPercent(unavailable)
        findings.atMostWhole(unavailable)
        findings.countOrPercent(surge)
        findings.atMostWhole(surge)
        switch (isZero(unavailable), isZero(surge)) {
        case (false, false): findings.add(surge.invalid("may not be set when maxUnavailable is non-zero"))
        case (true, true): findings.add(unavailable.required("cannot be 0 when maxSurge is 0"))
        case _: break
        }
    }

    // MARK: Shared

    static let mismatch = "`selector` does not match template `labels`"

    package static func podTemplate(_ object: Value) -> [FieldError] {
        Findings.of { PodRules.checkTemplate(FieldView(object)["template"], &$0) }
    }

    package static func selectorUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"]["selector"], old[path: "spec", "selector"]) }
    }

    package static func controllerRevision(_ object: Value) -> [FieldError] {
        Findings.of { $0.nonNegative(FieldView(object)["revision"]) }
    }

    package static func controllerRevisionUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["data"], old["data"]) }
    }

    /// Selector and template, and that the one picks the other.
    private static func checkSelector(
        _ spec: FieldView, _ kind: String, _ owner: String, _ findings: inout Findings
    ) {
        let (selector, template) = (spec["selector"], spec["template"])
        guard selector.exists else {
            findings.add(selector.required())
            return checkTemplate(template, owner, &findings)
        }
        findings.labelSelector(selector)
        let isEmpty = selector["matchLabels"].isEmpty && selector["matchExpressions"].isEmpty
        if isEmpty { findings.add(selector.invalid("empty selector is invalid for \(kind)")) }
        let labels = template["metadata"]["labels"]
        if !isEmpty, !Value.selects(selector.value, labels.value) {
            findings.add(labels.invalid(labels.value ?? .null, mismatch))
        }
        checkTemplate(template, owner, &findings)
    }

    private static func checkTemplate(_ template: FieldView, _ owner: String, _ findings: inout Findings) {
        PodRules.checkTemplate(template, &findings)
        let policy = template["spec"]["restartPolicy"]
        if !policy.isEmpty, policy.text != "Always" { findings.add(policy.notSupported(["Always"])) }
        if template["spec"]["activeDeadlineSeconds"].exists {
            findings.add(
                template["spec"]["activeDeadlineSeconds"].forbidden(
                    "activeDeadlineSeconds in \(owner) is not Supported"))
        }
    }

    /// The counts in a status agree with each other.
    package static func replicaStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            let count = { (name: String) in status[name].number ?? 0 }
            for field in [
                "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas",
                "observedGeneration", "unavailableReplicas",
            ] { findings.nonNegative(status[field]) }
            for field in ["fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"]
            where count(field) > count("replicas") {
                findings.add(status[field].invalid("cannot be greater than status.replicas"))
            }
            if count("availableReplicas") > count("readyReplicas") {
                findings.add(status["availableReplicas"].invalid("cannot be greater than readyReplicas"))
            }
        }
    }
}
