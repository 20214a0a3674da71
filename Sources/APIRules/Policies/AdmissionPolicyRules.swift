package import APIMachinery
internal import CEL

/// What validating policies and their bindings must be like.
package enum AdmissionPolicyRules {
    static let annotationsMax = 20
    static let annotationExpressionMax = 5 * 1024

    package static func create(_ policy: Value) -> [FieldError] { check(policy, keepsConditions: false) }

    package static func update(_ policy: Value, from old: Value) -> [FieldError] {
        check(policy, keepsConditions: PolicyExpressionRules.keepsConditions(policy, old))
    }

    private static func check(_ policy: Value, keepsConditions: Bool) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(policy)["spec"]
            findings.given(spec["failurePolicy"], ["Fail", "Ignore"])
            MatchResourceRules.paramKind(spec["paramKind"], &findings)
            MatchResourceRules.constraints(spec["matchConstraints"], isMutating: false, &findings)
            var rules = PolicyExpressionRules(hasParams: spec.has("paramKind"))
            if !keepsConditions { rules.conditions(spec["matchConditions"], &findings) }
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
        let reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"]
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
                PolicyExpressionRules.compile(
                    expression, text, rules.full, [.string, .null], shown: expression.text, &findings)
            }
            if !keys.insert(key.text).inserted { findings.add(key.duplicate()) }
        }
    }

    /// What the type checker found, and the conditions.
    package static func status(_ policy: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(policy)["status"]
            for warning in status["typeChecking"]["expressionWarnings"].items {
                findings.require(warning["warning"])
                let place = warning["fieldRef"]
                let text = place.text.trimmed
                if text.isEmpty {
                    findings.add(place.required())
                } else if let fault = FieldReference.fault(in: text) {
                    findings.add(place.invalid(Value.string(text), "invalid JSONPath: \(fault)"))
                }
            }
            findings.conditions(status["conditions"])
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
