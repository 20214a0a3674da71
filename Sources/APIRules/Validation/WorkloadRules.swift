package import APIMachinery

/// What must hold for everything that makes pods (`apps/validation`, `core/validation`).
package enum WorkloadRules {
    // MARK: Deployments and ReplicaSets

    package static func deployment(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            findings.nonNegative(spec["replicas"])
            checkReplicas(spec, &findings)
            checkStrategy(spec["strategy"], &findings)
            for field in ["minReadySeconds", "revisionHistoryLimit"] { findings.nonNegative(spec[field]) }
            let revision = FieldView(object)["metadata"]["annotations"][key: "deprecated.deployment.rollback.to"]
            if let number = Int64(revision.text), number < 0 {
                findings.nonNegative(FieldView(.integer(number)).moved(to: spec["rollback"]["version"]))
            }
            let deadline = spec["progressDeadlineSeconds"]
            findings.nonNegative(deadline)
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
            findings.add(
                .notSupported(
                    strategy.path.description, InternalText.strategy(strategy, counts), ["Recreate", "RollingUpdate"]))
        }
    }

    /// What a rollout counts with, and what upstream takes for one that is not given.
    static let counts: [(name: String, missing: Value)] = [("maxUnavailable", 0), ("maxSurge", 0)]

    /// Whether a count or a percentage is 0; a text that is neither counts as 0.
    static func isZero(_ view: FieldView) -> Bool {
        if let number = view.number { return number == 0 }
        let digits = Names.percent(view.text).isEmpty ? String(view.text.dropLast()) : view.text
        return (Int(digits) ?? 0) == 0
    }

    package static func replicaSet(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            for field in ["replicas", "minReadySeconds"] { findings.nonNegative(spec[field]) }
            checkReplicas(spec, &findings)
        }
    }

    /// Selector and template, which deployments hand on to their replica sets.
    private static func checkReplicas(_ spec: FieldView, _ findings: inout Findings) {
        let (selector, template) = (spec["selector"], spec["template"])
        checkSelector(selector, of: "deployment", &findings)
        guard checkMatch(selector, template, &findings) else {
            return findings.add(selector.invalid("invalid label selector"))
        }
        checkTemplate(template, "ReplicaSet", &findings)
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

    // MARK: Shared

    static let mismatch = "`selector` does not match template `labels`"

    package static func podTemplate(_ object: Value) -> [FieldError] {
        Findings.of { PodRules.checkTemplate(FieldView(object)["template"], &$0) }
    }

    package static func selectorUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"]["selector"], old[path: "spec", "selector"]) }
    }

    // MARK: Revisions

    package static func controllerRevision(_ object: Value) -> [FieldError] {
        Findings.of { $0.nonNegative(FieldView(object)["revision"]) }
    }

    package static func controllerRevisionCreation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let data = FieldView(object)["data"]
            if !data.exists {
                findings.add(data.required("data is mandatory"))
            } else if data.value?.objectValue == nil {
                findings.add(data.required("data must be a valid JSON object"))
            }
        }
    }

    package static func controllerRevisionUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["data"], old["data"]) }
    }

    // MARK: Selector and template

    /// One that must be there and say something.
    static func checkSelector(_ selector: FieldView, of kind: String, _ findings: inout Findings) {
        guard selector.exists else { return findings.add(selector.required()) }
        findings.labelSelector(selector)
        checkIsNotEmpty(selector, of: kind, &findings)
    }

    static func checkIsNotEmpty(_ selector: FieldView, of kind: String, _ findings: inout Findings) {
        if selector.exists, selector["matchLabels"].isEmpty, selector["matchExpressions"].isEmpty {
            findings.add(selector.invalid("empty selector is invalid for \(kind)"))
        }
    }

    /// That the selector picks the template, which one that is missing never does.
    ///
    /// - Returns: whether the selector can be read at all.
    static func checkMatch(_ selector: FieldView, _ template: FieldView, _ findings: inout Findings) -> Bool {
        let labels = template["metadata"]["labels"]
        // Whoever asks says what it means that it cannot be read.
        guard let parsed = try? Selector(selector.value) else { return false }
        if !selector.exists || !parsed.matches(labels.value?.objectValue ?? Fields()) {
            findings.add(labels.invalid(labels.value ?? .null, mismatch))
        }
        return true
    }

    static func checkTemplate(_ template: FieldView, _ owner: String, _ findings: inout Findings) {
        PodRules.checkTemplate(template, &findings)
        checkLife(template["spec"], owner, &findings)
    }

    /// Pods that are kept up are always started again and never end by themselves.
    static func checkLife(_ spec: FieldView, _ owner: String, _ findings: inout Findings) {
        let policy = spec["restartPolicy"]
        if !policy.isEmpty, policy.text != "Always" { findings.add(policy.notSupported(["Always"])) }
        if spec["activeDeadlineSeconds"].exists {
            findings.add(
                spec["activeDeadlineSeconds"].forbidden("activeDeadlineSeconds in \(owner) is not Supported"))
        }
    }
}
