internal import APIMachinery
internal import APIRules
internal import CEL

/// A validating policy, read and compiled for use.
struct ValidatingPolicy: Sendable {
    struct Validation {
        let expression: PolicyExpression
        let message: String
        let messageExpression: PolicyExpression?
        let reason: String?
    }

    let name: String
    let ignoresFailures: Bool
    let paramKind: (apiVersion: String, kind: String)?
    let match: PolicyMatch
    let conditions: MatchConditions
    let variables: [(name: String, expression: PolicyExpression)]
    let validations: [Validation]
    let annotations: [(key: String, expression: PolicyExpression)]

    init(_ policy: Value) {
        let spec = policy["spec"] ?? .emptyObject
        name = policy.objectName
        ignoresFailures = spec["failurePolicy"] == "Ignore"
        let kind = spec["paramKind"].flatMap { $0.objectValue == nil ? nil : $0 }
        paramKind = kind.map { ($0["apiVersion"]?.stringValue ?? "", $0["kind"]?.stringValue ?? "") }
        match = PolicyMatch(spec["matchConstraints"] ?? .emptyObject)
        conditions = MatchConditions(spec["matchConditions"]?.arrayValue ?? [], hasParams: kind != nil)

        var full = AdmissionExpressions.environment(hasParams: kind != nil, hasAuthorizer: true)
        var types: [(String, CELType)] = []
        full.declare("variables", AdmissionExpressions.variables(types))
        var variables: [(name: String, expression: PolicyExpression)] = []
        for variable in spec["variables"]?.arrayValue ?? [] {
            let name = variable["name"]?.stringValue ?? ""
            let expression = PolicyExpression(variable["expression"]?.stringValue ?? "", full, [])
            variables.append((name, expression))
            types.append((name, expression.type))
            full.redeclare("variables", AdmissionExpressions.variables(types))
        }
        self.variables = variables
        var plain = AdmissionExpressions.environment(hasParams: kind != nil, hasAuthorizer: false)
        plain.declare("variables", AdmissionExpressions.variables(types))
        validations = (spec["validations"]?.arrayValue ?? []).map { Self.validation($0, full, plain) }
        annotations = (spec["auditAnnotations"]?.arrayValue ?? []).map { [plain] annotation in
            let text = annotation["valueExpression"]?.stringValue ?? ""
            return (annotation["key"]?.stringValue ?? "", PolicyExpression(text, plain, [.string, .null]))
        }
    }

    private static func validation(_ source: Value, _ full: CELEnvironment, _ plain: CELEnvironment) -> Validation {
        let message = source["messageExpression"]?.stringValue ?? ""
        return Validation(
            expression: PolicyExpression(source["expression"]?.stringValue ?? "", full, [.bool]),
            message: source["message"]?.stringValue ?? "",
            messageExpression: message.isEmpty ? nil : PolicyExpression(message, plain, [.string]),
            reason: source["reason"]?.stringValue)
    }
}

/// Where a policy applies, with which parameters, and what its verdict does.
struct PolicyBinding: Sendable {
    let name: String
    let policyName: String
    let match: PolicyMatch?
    let paramRef: Value?
    let actions: [String]

    init(_ binding: Value) {
        let spec = binding["spec"] ?? .emptyObject
        name = binding.objectName
        policyName = spec["policyName"]?.stringValue ?? ""
        match = spec["matchResources"].flatMap { $0.objectValue == nil ? nil : PolicyMatch($0) }
        paramRef = spec["paramRef"].flatMap { $0.objectValue == nil ? nil : $0 }
        actions = (spec["validationActions"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
