package import APIMachinery
internal import CEL

/// What validating policies and their bindings must be like.
package enum AdmissionPolicyRules {
    package static func policy(_ policy: Value) -> [FieldError] {
        var errors: [FieldError] = []
        let spec = policy["spec"] ?? .emptyObject
        let validations = spec["validations"]?.arrayValue ?? []
        let annotations = spec["auditAnnotations"]?.arrayValue ?? []
        if validations.isEmpty, annotations.isEmpty {
            errors.append(
                .required("spec.validations", "validations or auditAnnotations must contain at least one item"))
        }
        if let kind = spec["paramKind"], !kind.isNull {
            for name in ["apiVersion", "kind"] where (kind[name]?.stringValue ?? "").isEmpty {
                errors.append(.required("spec.paramKind.\(name)"))
            }
        }
        if spec["matchConstraints"]?.objectValue == nil {
            errors.append(.required("spec.matchConstraints"))
        } else if (spec[path: "matchConstraints", "resourceRules"]?.arrayValue ?? []).isEmpty {
            errors.append(.required("spec.matchConstraints.resourceRules"))
        }
        return errors + expressions(spec)
    }

    private static func expressions(_ spec: Value) -> [FieldError] {
        var errors: [FieldError] = []
        let hasParams = spec["paramKind"]?.objectValue != nil
        var plain = AdmissionExpressions.environment(hasParams: hasParams, hasAuthorizer: false)
        var full = AdmissionExpressions.environment(hasParams: hasParams, hasAuthorizer: true)
        for (index, condition) in (spec["matchConditions"]?.arrayValue ?? []).enumerated() {
            let path = "spec.matchConditions[\(index)]"
            if (condition["name"]?.stringValue ?? "").isEmpty { errors.append(.required("\(path).name")) }
            errors += check(condition["expression"], full, [.bool], "\(path).expression").errors
        }
        var types: [(String, CELType)] = []
        full.declare("variables", AdmissionExpressions.variables(types))
        plain.declare("variables", AdmissionExpressions.variables(types))
        for (index, variable) in (spec["variables"]?.arrayValue ?? []).enumerated() {
            let path = "spec.variables[\(index)]"
            let found = check(variable["expression"], full, [], "\(path).expression")
            errors += found.errors
            types.append((variable["name"]?.stringValue ?? "", found.type))
            full.redeclare("variables", AdmissionExpressions.variables(types))
            plain.redeclare("variables", AdmissionExpressions.variables(types))
        }
        for (index, validation) in (spec["validations"]?.arrayValue ?? []).enumerated() {
            let path = "spec.validations[\(index)]"
            errors += check(validation["expression"], full, [.bool], "\(path).expression").errors
            if let message = validation["messageExpression"]?.stringValue, !message.isEmpty {
                errors += check(.string(message), plain, [.string], "\(path).messageExpression").errors
            }
            if let reason = validation["reason"]?.stringValue, !reasons.contains(reason) {
                errors.append(.notSupported("\(path).reason", reason, reasons))
            }
        }
        for (index, annotation) in (spec["auditAnnotations"]?.arrayValue ?? []).enumerated() {
            let path = "spec.auditAnnotations[\(index)]"
            if (annotation["key"]?.stringValue ?? "").isEmpty { errors.append(.required("\(path).key")) }
            errors += check(annotation["valueExpression"], plain, [.string, .null], "\(path).valueExpression").errors
        }
        return errors
    }

    private static let reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]

    private static func check(
        _ expression: Value?, _ environment: CELEnvironment, _ types: [CELType], _ path: String
    ) -> (errors: [FieldError], type: CELType) {
        let text = expression?.stringValue ?? ""
        guard !text.trimmed.isEmpty else { return ([.required(path, "expression is not specified")], .dyn) }
        do throws(ExpressionProblem) {
            return ([], try AdmissionExpressions.compile(text, environment, types).outputType)
        } catch {
            return ([.invalid(path, text, error.message)], .dyn)
        }
    }

    package static func binding(_ binding: Value) -> [FieldError] {
        var errors: [FieldError] = []
        let spec = binding["spec"] ?? .emptyObject
        if (spec["policyName"]?.stringValue ?? "").isEmpty { errors.append(.required("spec.policyName")) }
        if let ref = spec["paramRef"], !ref.isNull {
            let hasName = !(ref["name"]?.stringValue ?? "").isEmpty
            let hasSelector = ref["selector"]?.objectValue != nil
            if hasName, hasSelector {
                errors.append(.forbidden("spec.paramRef.name", "name and selector are mutually exclusive"))
            } else if !hasName, !hasSelector {
                errors.append(.required("spec.paramRef", "one of name or selector must be specified"))
            }
            if (ref["parameterNotFoundAction"]?.stringValue ?? "").isEmpty {
                errors.append(.required("spec.paramRef.parameterNotFoundAction"))
            }
        }
        return errors + actions(spec["validationActions"]?.arrayValue ?? [])
    }

    private static func actions(_ actions: [Value]) -> [FieldError] {
        let path = "spec.validationActions"
        guard !actions.isEmpty else { return [.required(path, "at least one validation action is required")] }
        var errors: [FieldError] = []
        let supported = ["Audit", "Deny", "Warn"]
        for (index, action) in actions.enumerated() {
            let name = action.stringValue ?? ""
            if !supported.contains(name) { errors.append(.notSupported("\(path)[\(index)]", name, supported)) }
            if actions[..<index].contains(action) { errors.append(.duplicate("\(path)[\(index)]", name)) }
        }
        if actions.contains("Deny"), actions.contains("Warn") {
            errors.append(
                .invalid(
                    path, Value.array(actions),
                    "must not contain both Deny and Warn (repeating the same validation "
                        + "failure information in the API response and headers serves no purpose)"))
        }
        return errors
    }
}
