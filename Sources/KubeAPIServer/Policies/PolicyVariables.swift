internal import APIRules
internal import CEL
internal import Synchronization

/// The variables of a policy for one request, each computed when it is first asked for.
final class PolicyVariables: CELLazyMap {
    private struct State {
        var known: [String: Result<CELValue, CELEvaluationError>] = [:]
        var cost: UInt64 = 0
    }

    private let expressions: [(name: String, expression: PolicyExpression)]
    private let activation: CELActivation
    private let state = Mutex(State())

    init(_ expressions: [(name: String, expression: PolicyExpression)], _ activation: CELActivation) {
        self.expressions = expressions
        self.activation = activation
    }

    var type: CELType { .object(AdmissionExpressions.variablesName) }
    var names: [String] { expressions.map(\.name) }

    func value(of name: String) throws(CELEvaluationError) -> CELValue? {
        if let known = state.withLock({ $0.known[name] }) { return try known.get() }
        guard let (_, expression) = expressions.first(where: { $0.name == name }) else { return nil }
        // A variable sees those before it.
        var activation = activation
        activation["variables"] = .map(.lazy(self))
        var cost: UInt64 = 0
        let result: Result<CELValue, CELEvaluationError>
        do throws(CELEvaluationError) {
            result = .success(try expression.run(activation, cost: &cost))
        } catch {
            let verb = error.message.hasPrefix("fails to compile") ? "" : "fails to evaluate: "
            result = .failure(
                CELEvaluationError("composited variable \"\(name)\" \(verb)\(error.message)", kind: error.kind))
        }
        state.withLock { state in
            state.known[name] = result
            state.cost = state.cost.addingOrMax(cost)
        }
        return try result.get()
    }

    /// What has been spent since this was last asked.
    func takeCost() -> UInt64 {
        state.withLock { state in
            defer { state.cost = 0 }
            return state.cost
        }
    }
}
