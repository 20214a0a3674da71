internal import APIMachinery
internal import CEL

/// A validating policy, read and compiled for use.
struct ValidatingPolicy: CompiledPolicy {
    struct Validation {
        let expression: PolicyExpression
        let message: String
        let messageExpression: PolicyExpression?
        let reason: String?
    }

    let basis: PolicyBasis
    let validations: [Validation]
    let annotations: [(key: String, expression: PolicyExpression)]

    init(_ policy: Value) {
        let spec = policy["spec"] ?? .emptyObject
        let basis = PolicyBasis(policy)
        self.basis = basis
        validations = (spec["validations"]?.arrayValue ?? []).map { Self.validation($0, basis) }
        annotations = (spec["auditAnnotations"]?.arrayValue ?? []).map { annotation in
            let text = annotation["valueExpression"]?.stringValue ?? ""
            let expression = PolicyExpression(text, basis.environment, [.string, .null])
            return (annotation["key"]?.stringValue ?? "", expression)
        }
    }

    private static func validation(_ source: Value, _ basis: PolicyBasis) -> Validation {
        let message = source["messageExpression"]?.stringValue ?? ""
        return Validation(
            expression: PolicyExpression(source["expression"]?.stringValue ?? "", basis.environment, [.bool]),
            message: source["message"]?.stringValue ?? "",
            messageExpression: message.isEmpty ? nil : PolicyExpression(message, basis.plainEnvironment, [.string]),
            reason: source["reason"]?.stringValue)
    }
}
