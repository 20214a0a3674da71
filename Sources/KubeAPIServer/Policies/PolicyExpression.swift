internal import APIRules
internal import CEL

/// An expression of a policy, compiled once.
struct PolicyExpression: Sendable {
    let text: String
    private let program: Result<CELProgram, ExpressionProblem>

    struct Failure: Error {
        let message: String
        var isOutOfBudget = false
    }

    init(_ text: String, _ environment: CELEnvironment, _ types: [CELType]) {
        self.text = text
        do throws(ExpressionProblem) {
            program = .success(try AdmissionExpressions.compile(text, environment, types))
        } catch {
            program = .failure(error)
        }
    }

    /// Why it does not compile; `nil` when it does.
    var problem: String? {
        if case .failure(let problem) = program { problem.message } else { nil }
    }

    var type: CELType {
        if case .success(let program) = program { program.outputType } else { .dyn }
    }

    /// The value; takes from the budget what it costs, with the variables that are computed on the way.
    func evaluate(
        _ activation: CELActivation, _ budget: inout UInt64, variables: PolicyVariables? = nil
    ) throws(Failure) -> CELValue {
        let program: CELProgram
        switch self.program {
        case .success(let compiled): program = compiled
        case .failure(let problem): throw Failure(message: "compilation error: \(problem.message)")
        }
        var cost: UInt64 = 0
        let result: Result<CELValue, CELEvaluationError>
        do throws(CELEvaluationError) {
            result = .success(try program.evaluate(activation, cost: &cost))
        } catch {
            result = .failure(error)
        }
        cost = cost.addingOrMax(variables?.takeCost() ?? 0)
        guard cost <= budget else {
            throw Failure(
                message: "validation failed due to running out of cost budget, no further validation rules will be run",
                isOutOfBudget: true)
        }
        budget -= cost
        switch result {
        case .success(let value): return value
        case .failure(let error): throw Failure(message: "expression '\(text)' resulted in error: \(error.message)")
        }
    }

    /// The bare result, for variables.
    func run(_ activation: CELActivation, cost: inout UInt64) throws(CELEvaluationError) -> CELValue {
        switch program {
        case .success(let program): return try program.evaluate(activation, cost: &cost)
        case .failure(let problem): throw CELEvaluationError("fails to compile: \(problem.message)")
        }
    }
}
