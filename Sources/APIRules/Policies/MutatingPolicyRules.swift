package import APIMachinery
internal import CEL

/// What mutating policies and their bindings must be like.
package enum MutatingPolicyRules {
    package static func create(_ policy: Value) -> [FieldError] { check(policy, keepsConditions: false) }

    package static func update(_ policy: Value, from old: Value) -> [FieldError] {
        check(policy, keepsConditions: PolicyExpressionRules.keepsConditions(policy, old))
    }

    private static func check(_ policy: Value, keepsConditions: Bool) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(policy)["spec"]
            findings.given(spec["failurePolicy"], ["Fail", "Ignore"])
            MatchResourceRules.paramKind(spec["paramKind"], &findings)
            MatchResourceRules.constraints(spec["matchConstraints"], isMutating: true, &findings)
            var rules = PolicyExpressionRules(hasParams: spec.has("paramKind"))
            if !keepsConditions { rules.conditions(spec["matchConditions"], &findings) }
            rules.variables(spec["variables"], &findings)
            if spec["mutations"].isEmpty {
                findings.add(spec["mutations"].required("mutations must contain at least one item"))
            }
            var environment = rules.full
            environment.addPatchTypes()
            for mutation in spec["mutations"].items { check(mutation, environment, &findings) }
            findings.choice(spec["reinvocationPolicy"], ["IfNeeded", "Never"])
        }
    }

    private static func check(_ mutation: FieldView, _ environment: CELEnvironment, _ findings: inout Findings) {
        let patchType = mutation["patchType"]
        if patchType.isEmpty { return findings.add(patchType.required()) }
        guard let (field, type) = AdmissionExpressions.patchType(patchType.text) else {
            return findings.add(patchType.notSupported(["ApplyConfiguration", "JSONPatch"]))
        }
        let circumstance = "when patchType is \(patchType.text)"
        if mutation.has(field) {
            let expression = mutation[field]["expression"]
            let text = expression.text.trimmed
            if text.isEmpty {
                findings.add(expression.required())
            } else {
                PolicyExpressionRules.compile(expression, text, environment, [type], &findings)
            }
        } else {
            findings.add(mutation[field].required("must be specified \(circumstance)"))
        }
        let other = field == "jsonPatch" ? "applyConfiguration" : "jsonPatch"
        if mutation.has(other) {
            findings.add(mutation[other].invalid("{\(other)}", "must not be specified \(circumstance)"))
        }
    }

    package static func binding(_ binding: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(binding)["spec"]
            MatchResourceRules.binding(spec, &findings)
            MatchResourceRules.mutatingOperations(spec["matchResources"], &findings)
        }
    }
}
