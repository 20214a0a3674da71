internal import APIMachinery
internal import APIRules
internal import CEL

/// A kind of policy, read and compiled for use.
protocol CompiledPolicy: Sendable {
    var basis: PolicyBasis { get }
    init(_ policy: Value)
}

/// What all kinds of policies have.
struct PolicyBasis: Sendable {
    let name: String
    let ignoresFailures: Bool
    let paramKind: (apiVersion: String, kind: String)?
    let match: PolicyMatch
    let conditions: MatchConditions
    let variables: [(name: String, expression: PolicyExpression)]
    /// What the policy's own expressions may speak of.
    let environment: CELEnvironment
    /// The same without the authorizer.
    let plainEnvironment: CELEnvironment

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
        environment = full
        var plain = AdmissionExpressions.environment(hasParams: kind != nil, hasAuthorizer: false)
        plain.declare("variables", AdmissionExpressions.variables(types))
        plainEnvironment = plain
    }
}
