internal import APIMachinery

/// What a job says of its pods' failures, of its own success, and of when pods are replaced.
enum JobPolicyRules {
    private static let rulesMax = 20
    private static let patternsMax = 20
    private static let exitCodesMax = 255
    private static let indexesTextMax = 64 * 1024

    static func check(_ spec: FieldView, _ findings: inout Findings) {
        checkFailurePolicy(spec, &findings)
        let success = spec["successPolicy"]
        if success.exists {
            if spec["completionMode"].text == "Indexed" {
                checkSuccessPolicy(success, spec["completions"].number ?? 0, &findings)
            } else {
                findings.add(success.invalid("requires indexed completion mode"))
            }
        }
        let replacement = spec["podReplacementPolicy"]
        let policies = spec["podFailurePolicy"].exists ? ["Failed"] : ["Failed", "TerminatingOrFailed"]
        if replacement.exists, !policies.contains(replacement.text) {
            findings.add(replacement.notSupported(policies))
        }
    }

    // MARK: Failures

    private static func checkFailurePolicy(_ spec: FieldView, _ findings: inout Findings) {
        let rules = spec["podFailurePolicy"]["rules"]
        if rules.items.count > rulesMax { findings.add(rules.tooMany(rulesMax)) }
        let pod = spec["template"]["spec"]
        let names = Set((pod["containers"].items + pod["initContainers"].items).map { $0["name"].text })
        for rule in rules.items {
            checkAction(rule["action"], spec, &findings)
            let (codes, conditions) = (rule["onExitCodes"], rule["onPodConditions"])
            if codes.exists { checkExitCodes(codes, names, &findings) }
            if conditions.items.count > patternsMax { findings.add(conditions.tooMany(patternsMax)) }
            for condition in conditions.items {
                findings.add(condition["type"].orEmpty, Names.labelKey(condition["type"].text))
                choice(condition["status"], ["False", "True", "Unknown"], &findings)
            }
            switch (codes.exists, conditions.isEmpty) {
            case (true, false):
                findings.add(rule.refused("specifying both OnExitCodes and OnPodConditions is not supported"))
            case (false, true):
                findings.add(rule.refused("specifying one of OnExitCodes and OnPodConditions is required"))
            case _: break
            }
        }
    }

    /// What is missing is told what there is.
    private static func choice(_ view: FieldView, _ values: [String], _ findings: inout Findings) {
        if view.isEmpty {
            let list = values.map { "\"\($0)\"" }.joined(separator: " ")
            findings.add(view.required("valid values: [\(list)]"))
        } else if !values.contains(view.text) {
            findings.add(view.notSupported(values))
        }
    }

    private static func checkAction(_ action: FieldView, _ spec: FieldView, _ findings: inout Findings) {
        choice(action, ["Count", "FailIndex", "FailJob", "Ignore"], &findings)
        if action.text == "FailIndex", !spec["backoffLimitPerIndex"].exists {
            findings.add(action.invalid("requires the backoffLimitPerIndex to be set"))
        }
    }

    private static func checkExitCodes(_ codes: FieldView, _ names: Set<String>, _ findings: inout Findings) {
        choice(codes["operator"], ["In", "NotIn"], &findings)
        let container = codes["containerName"]
        if container.exists, !names.contains(container.text) {
            findings.add(
                container.invalid("must be one of the container or initContainer names in the pod template"))
        }
        let values = codes["values"]
        if values.isEmpty {
            findings.add(values.invalid(values.value ?? .null, "at least one value is required"))
        } else if values.items.count > exitCodesMax {
            findings.add(values.tooMany(exitCodesMax))
        }
        var seen: Set<Int64> = []
        for value in values.items {
            let number = value.number ?? 0
            if codes["operator"].text == "In", number == 0 {
                findings.add(value.invalid("must not be 0 for the In operator"))
            }
            if !seen.insert(number).inserted { findings.add(value.duplicate()) }
        }
        let numbers = values.items.map { $0.number ?? 0 }
        if numbers != numbers.sorted() { findings.add(values.invalid("must be ordered")) }
    }

    // MARK: Success

    private static func checkSuccessPolicy(_ policy: FieldView, _ completions: Int64, _ findings: inout Findings) {
        let rules = policy["rules"]
        if rules.isEmpty {
            findings.add(rules.required("at least one rules must be specified when the successPolicy is specified"))
        }
        if rules.items.count > rulesMax { findings.add(rules.tooMany(rulesMax)) }
        for rule in rules.items {
            let (count, indexes) = (rule["succeededCount"], rule["succeededIndexes"])
            if !count.exists, !indexes.exists {
                findings.add(rule.required("at least one of succeededCount or succeededIndexes must be specified"))
            }
            var total: Int64?
            if indexes.exists {
                if indexes.text.utf8.count > indexesTextMax { findings.add(indexes.tooLong(indexesTextMax)) }
                switch JobIndexes.count(indexes.text, of: completions) {
                case .success(let sum): total = sum
                case .failure(let fault):
                    total = 0
                    findings.add(indexes.invalid("error parsing succeededIndexes: \(fault.message)"))
                }
            }
            findings.nonNegative(count)
            guard let needed = count.number else { continue }
            if needed > completions {
                findings.add(
                    count.invalid(
                        "must be less than or equal to \(completions) (the number of specified completions)"))
            }
            if let total, needed > total {
                findings.add(
                    count.invalid(
                        "must be less than or equal to \(total) (the number of indexes in the specified"
                            + " succeededIndexes field)"))
            }
        }
    }
}
