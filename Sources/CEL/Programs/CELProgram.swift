/// An expression that has been checked and compiled; evaluated as often as wanted, from any thread.
package struct CELProgram: Sendable {
    /// The expression as it was written.
    package let text: String
    /// What the checker found it to be.
    package let outputType: CELType
    /// What an evaluation can cost at least and at most.
    package let cost: CELCostEstimate
    private let code: ProgramCode

    init(text: String, outputType: CELType, cost: CELCostEstimate, _ code: ProgramCode) {
        self.text = text
        self.outputType = outputType
        self.cost = cost
        self.code = code
    }

    /// The variables of the environment that the expression names.
    package var variables: [String] { code.variables }

    /// What one evaluation may cost in Kubernetes.
    package static let perCallLimit: UInt64 = 1_000_000
    /// What all evaluations for one request may cost together in Kubernetes.
    package static let perRequestLimit: UInt64 = 10_000_000

    /// The value of the expression. Stops when it has cost more than `costLimit`, or when the task is cancelled.
    package func evaluate(
        _ activation: CELActivation, costLimit: UInt64 = CELProgram.perCallLimit
    ) throws(CELEvaluationError) -> CELValue {
        var cost: UInt64 = 0
        return try evaluate(activation, costLimit: costLimit, cost: &cost)
    }

    /// The same; says what it has cost, also when it fails.
    package func evaluate(
        _ activation: CELActivation, costLimit: UInt64 = CELProgram.perCallLimit, cost: inout UInt64
    ) throws(CELEvaluationError) -> CELValue {
        var evaluation = Evaluation(code, activation, costLimit: costLimit)
        defer { cost = evaluation.cost }
        return try evaluation.evaluate(code.root)
    }
}

/// The values of variables for one evaluation.
package struct CELActivation: Sendable {
    private var values: [String: CELValue]

    package init(_ values: [String: CELValue] = [:]) { self.values = values }

    package subscript(_ name: String) -> CELValue? {
        get { values[name] }
        set { values[name] = newValue }
    }
}
