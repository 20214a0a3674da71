package import APIMachinery
internal import TimeZones

/// What must hold for jobs and cron jobs (`batch/validation`).
package enum JobRules {
    private static let indexedCompletionsMax: Int64 = 100_000
    private static let cronNameMax = 52

    package static func job(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let job = FieldView(object)
            let spec = job["spec"]
            checkSpec(spec, &findings)
            let selector = spec["selector"]
            guard selector.exists else { return findings.add(selector.required()) }
            findings.labelSelector(selector)
            let labels = spec["template"]["metadata"]["labels"]
            if !Value.selects(selector.value, labels.value) {
                findings.add(labels.invalid(labels.value ?? .null, WorkloadRules.mismatch))
            }
            if !spec["manualSelector"].flag { checkGenerated(job, &findings) }
        }
    }

    /// The selector and labels that the server makes up are there and lead to this job.
    private static func checkGenerated(_ job: FieldView, _ findings: inout Findings) {
        let labels = job["spec"]["template"]["metadata"]["labels"]
        let (name, uid) = (job["metadata"]["name"].text, job["metadata"]["uid"].text)
        for (key, expected) in [
            ("controller-uid", uid), ("job-name", name), ("batch.kubernetes.io/controller-uid", uid),
            ("batch.kubernetes.io/job-name", name),
        ] {
            let label = labels[key: key]
            if !label.exists {
                findings.add(label.required("must be '\(expected)'"))
            } else if label.text != expected {
                findings.add(label.invalid(labels.value ?? .null, "must be '\(expected)'"))
            }
        }
        let generated: Value = [
            "controller-uid": .string(uid), "job-name": .string(name),
            "batch.kubernetes.io/controller-uid": .string(uid), "batch.kubernetes.io/job-name": .string(name),
        ]
        let selector = job["spec"]["selector"]
        if !Value.selects(selector.value, generated) { findings.add(selector.invalid("`selector` not auto-generated")) }
    }

    private static func checkSpec(_ spec: FieldView, _ findings: inout Findings) {
        for field in [
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
            "backoffLimitPerIndex", "maxFailedIndexes",
        ] { findings.nonNegative(spec[field]) }
        let mode = spec["completionMode"]
        findings.choice(mode, ["Indexed", "NonIndexed"], isOptional: true)
        if mode.text == "Indexed" {
            let completions = spec["completions"]
            if !completions.exists { findings.add(completions.required("when completion mode is Indexed")) }
            for field in ["parallelism", "completions"] {
                if let count = spec[field].number, count > indexedCompletionsMax {
                    findings.add(
                        spec[field].invalid("must be less than or equal to 100000 when completion mode is Indexed"))
                }
            }
        }
        checkFailurePolicy(spec, &findings)
        let replacement = spec["podReplacementPolicy"]
        if replacement.exists {
            findings.choice(
                replacement, spec["podFailurePolicy"].exists ? ["Failed"] : ["Failed", "TerminatingOrFailed"])
        }
        let template = spec["template"]
        PodRules.checkTemplate(template, &findings)
        let policy = template["spec"]["restartPolicy"]
        switch policy.text {
        case "Always": findings.add(policy.required("valid values: \"OnFailure\", \"Never\""))
        case "OnFailure", "Never": break
        case _: findings.add(policy.notSupported(["OnFailure", "Never"]))
        }
        if spec["podFailurePolicy"].exists, policy.text != "Never" {
            findings.add(policy.invalid("only \"Never\" is supported when podFailurePolicy is specified"))
        }
    }

    private static func checkFailurePolicy(_ spec: FieldView, _ findings: inout Findings) {
        for rule in spec["podFailurePolicy"]["rules"].items {
            findings.choice(rule["action"], ["Count", "FailIndex", "FailJob", "Ignore"])
            let (codes, conditions) = (rule["onExitCodes"], rule["onPodConditions"])
            if codes.exists {
                findings.choice(codes["operator"], ["In", "NotIn"])
                let values = codes["values"]
                if values.isEmpty { findings.add(values.invalid("at least one value is required")) }
                if codes["operator"].text == "In" {
                    for value in values.items where value.number == 0 {
                        findings.add(value.invalid("must not be 0 for the In operator"))
                    }
                }
            }
            for condition in conditions.items {
                findings.name(condition["type"]) { Names.labelKey($0) }
                findings.choice(condition["status"], ["False", "True", "Unknown"])
            }
            if codes.exists, !conditions.isEmpty {
                findings.add(rule.invalid("specifying both OnExitCodes and OnPodConditions is not supported"))
            }
            if !codes.exists, conditions.isEmpty {
                findings.add(rule.invalid("specifying one of OnExitCodes and OnPodConditions is required"))
            }
        }
    }

    package static func jobUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            if spec["completions"].value != was["completions"].value {
                // An indexed job may grow and shrink when it runs all its indexes at once.
                let isElastic =
                    was["completionMode"].text == "Indexed"
                    && spec["completions"].exists && was["completions"].exists
                    && spec["completions"].value == spec["parallelism"].value
                if !isElastic { findings.immutable(spec["completions"], was["completions"].value) }
            }
            for field in ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"] {
                findings.immutable(spec[field], was[field].value)
            }
            let mayMove = was["suspend"].flag && FieldView(old)["status"]["startTime"].value == nil
            let template =
                mayMove ? placed(spec["template"].value, like: was["template"].value) : spec["template"].value
            if template != was["template"].value { findings.add(spec["template"].invalid("field is immutable")) }
        }
    }

    /// A job that never started may still be told where its pods go.
    private static func placed(_ template: Value?, like old: Value?) -> Value? {
        guard var template else { return nil }
        for field in ["nodeSelector", "tolerations", "schedulingGates", "affinity"] {
            template[path: "spec", field] = old?[path: "spec", field]
        }
        for field in ["annotations", "labels"] { template[path: "metadata", field] = old?[path: "metadata", field] }
        return template
    }

    // MARK: Cron jobs

    package static func cronJob(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let cron = FieldView(object)
            let spec = cron["spec"]
            checkSchedule(spec, &findings)
            findings.choice(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
            for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
                findings.nonNegative(spec[field])
            }
            checkSpec(spec["jobTemplate"]["spec"], &findings)
            if spec["jobTemplate"]["spec"]["manualSelector"].flag {
                findings.add(
                    .notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]))
            }
        }
    }

    /// What must hold for a new one: there is room for what the controller appends to the names of jobs.
    package static func cronJobCreation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let cron = FieldView(object)
            let name = cron["metadata"]["name"]
            if name.text.utf8.count > cronNameMax {
                findings.add(name.invalid("must be no more than \(cronNameMax) characters"))
            }
            checkZone(cron["spec"]["timeZone"], &findings)
        }
    }

    /// A zone that has vanished from the database may stay; nobody can choose it any more.
    package static func cronJobUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let zone = FieldView(object)["spec"]["timeZone"]
            if zone.value != FieldView(old)["spec"]["timeZone"].value { checkZone(zone, &findings) }
        }
    }

    private static func checkZone(_ zone: FieldView, _ findings: inout Findings) {
        guard zone.exists else { return }
        guard !zone.isEmpty else { return findings.add(zone.invalid("timeZone must be nil or non-empty string")) }
        if zone.text.lowercased() == "local" {
            findings.add(
                zone.invalid("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"))
        } else if TimeZone.named(zone.text) == nil {
            findings.add(zone.invalid("unknown time zone \(zone.text)"))
        }
    }

    private static func checkSchedule(_ spec: FieldView, _ findings: inout Findings) {
        let schedule = spec["schedule"]
        guard !schedule.isEmpty else { return findings.add(schedule.required()) }
        if schedule.text.contains("TZ") {
            let zone =
                spec["timeZone"].exists
                ? "cannot use both timeZone field and TZ or CRON_TZ in schedule"
                : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            findings.add(schedule.invalid(zone))
        }
        if let fault = CronText.fault(schedule.text) { findings.add(schedule.invalid(fault)) }
    }
}

/// Whether a text is a schedule: five fields, or a word such as `@hourly`.
enum CronText {
    private static let words: Set<String> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
    ]
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    static func fault(_ schedule: String) -> String? {
        var text = schedule[...]
        if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") { text = text.drop { $0 != " " } }
        while text.first == " " { text.removeFirst() }
        if text.hasPrefix("@") {
            if text.hasPrefix("@every ") {
                do { _ = try DurationText.parse(String(text.dropFirst(7))) } catch {
                    return "failed to parse duration \(text): \(error.message)"
                }
                return nil
            }
            return words.contains(String(text)) ? nil : "unrecognized descriptor: \(text)"
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            return "expected exactly 5 fields, found \(fields.count): [\(fields.joined(separator: " "))]"
        }
        let bounds: [(ClosedRange<Int>, [String], Int)] = [
            (0...59, [], 0), (0...23, [], 0), (1...31, [], 0), (1...12, months, 1), (0...6, days, 0),
        ]
        for (field, bound) in zip(fields, bounds) {
            for part in field.split(separator: ",", omittingEmptySubsequences: false) {
                if let fault = fault(String(part), bound.0, bound.1, bound.2) { return fault }
            }
        }
        return nil
    }

    private static func fault(_ part: String, _ range: ClosedRange<Int>, _ names: [String], _ offset: Int) -> String? {
        let steps = part.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.count <= 2 else { return "too many slashes: \(part)" }
        if steps.count == 2 {
            guard let step = Int(steps[1]) else {
                return "failed to parse int from \(steps[1]): strconv.Atoi: parsing \"\(steps[1])\": invalid syntax"
            }
            if step == 0 { return "step of range should be a positive number: \(part)" }
        }
        if steps[0] == "*" || steps[0] == "?" { return nil }
        let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { return "too many hyphens: \(part)" }
        var numbers: [Int] = []
        for end in ends {
            if let index = names.firstIndex(of: end.lowercased()) {
                numbers.append(index + offset)
            } else if let number = Int(end), number >= 0 {
                numbers.append(number)
            } else {
                return "failed to parse int from \(end): strconv.Atoi: parsing \"\(end)\": invalid syntax"
            }
        }
        guard let first = numbers.first, let last = numbers.last else { return nil }
        if first < range.lowerBound {
            return "beginning of range (\(first)) below minimum (\(range.lowerBound)): \(part)"
        }
        if last > range.upperBound { return "end of range (\(last)) above maximum (\(range.upperBound)): \(part)" }
        if first > last { return "beginning of range (\(first)) beyond end of range (\(last)): \(part)" }
        return nil
    }
}
