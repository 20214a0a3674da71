package import APIMachinery
internal import CEL

/// What validating policies and their bindings must be like.
package enum AdmissionPolicyRules {
    static let annotationsMax = 20
    static let annotationExpressionMax = 5 * 1024

    package static func policy(_ policy: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(policy)["spec"]
            findings.choice(spec["failurePolicy"], ["Fail", "Ignore"])
            MatchResourceRules.paramKind(spec["paramKind"], &findings)
            MatchResourceRules.constraints(spec["matchConstraints"], isMutating: false, &findings)
            var rules = PolicyExpressionRules(hasParams: spec.has("paramKind"))
            rules.conditions(spec["matchConditions"], &findings)
            rules.variables(spec["variables"], &findings)
            if spec["validations"].isEmpty, spec["auditAnnotations"].isEmpty {
                for name in ["validations", "auditAnnotations"] {
                    findings.add(
                        spec[name].required("validations or auditAnnotations must contain at least one item"))
                }
            }
            for validation in spec["validations"].items { check(validation, rules, &findings) }
            annotations(spec["auditAnnotations"], policy, rules, &findings)
        }
    }

    private static func check(
        _ validation: FieldView, _ rules: PolicyExpressionRules, _ findings: inout Findings
    ) {
        rules.check(validation["expression"], rules.full, [.bool], &findings)
        let (expression, message) = (validation["messageExpression"], validation["message"])
        if !expression.text.trimmed.isEmpty {
            rules.check(expression, rules.plain, [.string], &findings)
        } else if !expression.isEmpty {
            findings.add(expression.invalid("must be non-empty if specified"))
        }
        if !message.isEmpty, message.text.trimmed.isEmpty {
            findings.add(message.invalid("must be non-empty if specified"))
        } else if message.text.trimmed.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            findings.add(message.invalid("must not contain line breaks"))
        }
        let reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]
        if validation.has("reason"), !reasons.contains(validation["reason"].text) {
            findings.add(validation["reason"].notSupported(reasons))
        }
    }

    private static func annotations(
        _ list: FieldView, _ policy: Value, _ rules: PolicyExpressionRules, _ findings: inout Findings
    ) {
        if list.items.count > annotationsMax {
            findings.add(list.invalid("must not have more than \(annotationsMax) auditAnnotations"))
        }
        let name = policy[path: "metadata", "name"]?.stringValue ?? ""
        var keys: Set<String> = []
        for annotation in list.items {
            let (key, expression) = (annotation["key"], annotation["valueExpression"])
            if name.isEmpty {
                findings.add(key.invalid("requires metadata.name be non-empty"))
            } else {
                for message in Names.labelKey("\(name)/\(key.text)") {
                    findings.add(key.invalid("\(name)/\(key.text)", message))
                }
            }
            let text = expression.text.trimmed
            if text.isEmpty {
                findings.add(expression.required("valueExpression is not specified"))
            } else if text.utf8.count > annotationExpressionMax {
                findings.add(expression.required("must not exceed \(annotationExpressionMax) bytes in length"))
            } else {
                _ = PolicyExpressionRules.compile(expression, text, rules.full, [.string, .null], &findings)
            }
            if !keys.insert(key.text).inserted { findings.add(key.duplicate()) }
        }
    }

    package static func binding(_ binding: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(binding)["spec"]
            MatchResourceRules.binding(spec, &findings)
            actions(spec["validationActions"], &findings)
        }
    }

    private static func actions(_ list: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for action in list.items {
            let supported = ["Audit", "Deny", "Warn"]
            if !supported.contains(action.text) { findings.add(action.notSupported(supported)) }
            if !seen.insert(action.text).inserted { findings.add(action.duplicate()) }
        }
        if seen.contains("Deny"), seen.contains("Warn") {
            findings.add(
                list.invalid(
                    "must not contain both Deny and Warn (repeating the same validation "
                        + "failure information in the API response and headers serves no purpose)"))
        }
        if seen.isEmpty { findings.add(list.required("at least one validation action is required")) }
    }
}
