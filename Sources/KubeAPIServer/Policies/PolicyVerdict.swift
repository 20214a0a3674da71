internal import APIMachinery
internal import APIRules
internal import CEL

/// What a policy says of one request with one parameter. Pure.
struct PolicyVerdict {
    struct Denial: Equatable {
        let message: String
        /// Of the status; empty where something failed.
        let reason: String
        /// Which of the policy's validations it was.
        var index = 0
    }

    private(set) var denials: [Denial] = []
    /// What the policy has written down of the request.
    private(set) var annotations: [(key: String, value: String)] = []
    /// What went wrong with annotations, which denies whatever the binding's actions are.
    private(set) var annotationFailures: [String] = []

    private static let messageMax = 5 * 1024

    init(_ policy: ValidatingPolicy, _ activation: CELActivation) {
        switch policy.basis.conditions.check(activation) {
        case .matches: break
        case .doesNotMatch: return
        case .failed(let message):
            fail(policy, message)
            return
        }
        let variables = PolicyVariables(policy.basis.variables, activation)
        var full = activation
        full["variables"] = .map(.lazy(variables))
        var budget = AdmissionExpressions.costBudget
        for (index, validation) in policy.validations.enumerated() {
            do throws(PolicyExpression.Failure) {
                let value = try validation.expression.evaluate(full, &budget, variables: variables)
                if value.boolValue == true { continue }
                let message = Self.message(validation, full, &budget, variables)
                denials.append(Denial(message: message, reason: validation.reason ?? "Invalid", index: index))
            } catch {
                fail(policy, error.message, index)
                if error.isOutOfBudget { return }
            }
        }
        annotate(policy, full, variables)
    }

    private mutating func fail(_ policy: ValidatingPolicy, _ message: String, _ index: Int = 0) {
        if !policy.basis.ignoresFailures { denials.append(Denial(message: message, reason: "", index: index)) }
    }

    private static func message(
        _ validation: ValidatingPolicy.Validation, _ activation: CELActivation, _ budget: inout UInt64,
        _ variables: PolicyVariables
    ) -> String {
        // A message that fails is none; the plain one stands in.
        if let expression = validation.messageExpression,
            let value = try? expression.evaluate(activation, &budget, variables: variables),
            let text = value.stringValue
        {
            let message = Self.trimmed(text)
            if !message.isEmpty, message.utf8.count <= messageMax, !message.utf8.contains(0x0A) { return message }
        }
        let plain = Self.trimmed(validation.message)
        return plain.isEmpty ? "failed expression: \(Self.trimmed(validation.expression.text))" : plain
    }

    private mutating func annotate(
        _ policy: ValidatingPolicy, _ activation: CELActivation, _ variables: PolicyVariables
    ) {
        var budget = AdmissionExpressions.costBudget
        for annotation in policy.annotations {
            do throws(PolicyExpression.Failure) {
                let value = try annotation.expression.evaluate(activation, &budget, variables: variables)
                let text = Self.trimmed(value.stringValue ?? "")
                if !text.isEmpty { annotations.append((annotation.key, text)) }
            } catch {
                if !policy.basis.ignoresFailures { annotationFailures.append(error.message) }
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
