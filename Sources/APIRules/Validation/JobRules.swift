package import APIMachinery

/// What must hold for jobs (`batch/validation`).
package enum JobRules {
    private static let indexedMax: Int64 = 100_000
    /// Of pods and of failed indexes, in a job of more indexes than `indexedMax`.
    private static let hugeJobMax: Int64 = 10_000
    private static let managedByMax = 63

    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { check(FieldView(object), hasPrefixedLabels: true, &$0) }
    }

    private static func check(_ job: FieldView, hasPrefixedLabels: Bool, _ findings: inout Findings) {
        let spec = job["spec"]
        let selector = spec["selector"]
        if !spec["manualSelector"].flag, selector.exists {
            checkGenerated(job, hasPrefixedLabels: hasPrefixedLabels, &findings)
        }
        checkSpec(spec, &findings)
        if selector.exists { findings.labelSelector(selector) } else { findings.add(selector.required()) }
        let labels = spec["template"]["metadata"]["labels"]
        if !selector.exists || !Value.selects(selector.value, labels.value) {
            findings.add(labels.invalid(labels.value ?? .null, WorkloadRules.mismatch))
        }
        guard spec["completionMode"].text == "Indexed", let count = spec["completions"].number, count > 0 else { return }
        let hostname = "\(job["metadata"]["name"].text)-\(count - 1)"
        if !Names.dns1123Label(hostname).isEmpty {
            findings.add(
                job["metadata"]["name"].invalid("will not able to create pod with invalid DNS label: \(hostname)"))
        }
    }

    /// The selector and labels that the server makes up are there and lead to this job.
    private static func checkGenerated(_ job: FieldView, hasPrefixedLabels: Bool, _ findings: inout Findings) {
        let labels = job["spec"]["template"]["metadata"]["labels"]
        findings.require(job["metadata"]["uid"])
        let (name, uid) = (job["metadata"]["name"].text, job["metadata"]["uid"].text)
        let prefixed = [("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name)]
        let expected = [("controller-uid", uid), ("job-name", name)] + (hasPrefixedLabels ? prefixed : [])
        for (key, text) in expected {
            let label = labels[key: key]
            if !label.exists { findings.add(label.required("must be '\(text)'")) }
            if label.text != text { findings.add(label.invalid(labels.value ?? .null, "must be '\(text)'")) }
        }
        let generated = Fields(unsorted: expected.map { Fields.Element(name: $0.0, value: .string($0.1)) })
        let selector = job["spec"]["selector"]
        if !Value.selects(selector.value, .object(generated)) {
            findings.add(selector.invalid("`selector` not auto-generated"))
        }
    }

    // MARK: The spec

    /// What must hold for a job's spec, and for the one in a cron job's template.
    static func checkSpec(_ spec: FieldView, _ findings: inout Findings) {
        for field in [
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
            "backoffLimitPerIndex", "maxFailedIndexes",
        ] { findings.nonNegative(spec[field]) }
        if spec["maxFailedIndexes"].exists, !spec["backoffLimitPerIndex"].exists {
            findings.add(spec["backoffLimitPerIndex"].required("when maxFailedIndexes is specified"))
        }
        let manager = spec["managedBy"]
        if manager.exists {
            findings.domainPrefixedPath(manager)
            if manager.text.utf8.count > managedByMax { findings.add(manager.tooLong(managedByMax)) }
        }
        checkMode(spec, &findings)
        JobPolicyRules.check(spec, &findings)
        let template = spec["template"]
        PodRules.checkTemplate(template, &findings)
        let policy = template["spec"]["restartPolicy"]
        switch policy.text {
        case "", "Always": findings.add(policy.required("valid values: \"OnFailure\", \"Never\""))
        case "OnFailure", "Never":
            guard spec["podFailurePolicy"].exists, policy.text != "Never" else { return }
            findings.add(policy.invalid("only \"Never\" is supported when podFailurePolicy is specified"))
        case _: findings.add(policy.notSupported(["OnFailure", "Never"]))
        }
    }

    private static func checkMode(_ spec: FieldView, _ findings: inout Findings) {
        let mode = spec["completionMode"]
        if mode.exists, !["NonIndexed", "Indexed"].contains(mode.text) {
            findings.add(mode.notSupported(["NonIndexed", "Indexed"]))
        }
        if mode.text == "Indexed" { checkIndexed(spec, &findings) }
        guard !mode.exists || mode.text == "NonIndexed" else { return }
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] where spec[field].exists {
            findings.add(spec[field].invalid("requires indexed completion mode"))
        }
    }

    private static func checkIndexed(_ spec: FieldView, _ findings: inout Findings) {
        let (completions, parallelism) = (spec["completions"], spec["parallelism"])
        let failures = spec["maxFailedIndexes"]
        if !completions.exists { findings.add(completions.required("when completion mode is Indexed")) }
        let atMost = { (limit: Int64) in "must be less than or equal to \(limit)" }
        if parallelism.number ?? 0 > indexedMax {
            findings.add(parallelism.invalid(atMost(indexedMax) + " when completion mode is Indexed"))
        }
        if let most = failures.number {
            if let count = completions.number, most > count {
                findings.add(failures.invalid("must be less than or equal to completions"))
            }
            if most > indexedMax { findings.add(failures.invalid(atMost(indexedMax))) }
        }
        guard completions.number ?? 0 > indexedMax, spec["backoffLimitPerIndex"].exists else { return }
        if !failures.exists {
            findings.add(failures.required("must be specified when completions is above \(indexedMax)"))
        }
        for view in [parallelism, failures] where view.number ?? 0 > hugeJobMax {
            findings.add(
                view.invalid(
                    atMost(hugeJobMax)
                        + " when completions are above \(indexedMax) and used with backoff limit per index"))
        }
    }

    // MARK: Changes

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (job, before) = (FieldView(object), FieldView(old))
            let (spec, was) = (job["spec"], before["spec"])
            let labels = was["template"]["metadata"]["labels"]
            let hadPrefixed = ["job-name", "controller-uid"].allSatisfy { labels.has("batch.kubernetes.io/\($0)") }
            check(job, hasPrefixedLabels: hadPrefixed, &findings)
            checkCompletions(spec, was, &findings)
            findings.immutable(spec["selector"], was["selector"].value)
            checkTemplate(spec, was, hasPods: before["status"]["active"].number ?? 0 > 0, &findings)
            for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
                findings.immutable(spec[field], was[field].value)
            }
        }
    }

    /// An indexed job may grow and shrink when it runs all its indexes at once.
    private static func checkCompletions(_ spec: FieldView, _ was: FieldView, _ findings: inout Findings) {
        let completions = spec["completions"]
        guard spec["completionMode"].text == "Indexed" else {
            return findings.immutable(completions, was["completions"].value)
        }
        guard completions.exists, completions.value != was["completions"].value,
            completions.value != spec["parallelism"].value
        else { return }
        findings.add(completions.invalid("can only be modified in tandem with spec.parallelism"))
    }

    /// While a job is suspended and has no pods, it may be told where they go and what they may use.
    private static func checkTemplate(
        _ spec: FieldView, _ was: FieldView, hasPods: Bool, _ findings: inout Findings
    ) {
        let (template, old) = (spec["template"], was["template"])
        guard template.value != old.value else { return }
        guard was["suspend"].flag, !hasPods else { return findings.immutable(template, old.value) }
        let pod = template["spec"]
        findings.immutable(pod, JobPlacement.moved(old["spec"].value, like: pod.value))
    }
}
