internal import APIMachinery
internal import APIRules
internal import CEL

/// Conditions that a request must meet to be a policy's or webhook's business.
struct MatchConditions: Sendable {
    private let conditions: [PolicyExpression]

    enum Outcome: Equatable {
        case matches
        case doesNotMatch
        case failed(String)
    }

    init(_ conditions: [Value], hasParams: Bool) {
        let environment = AdmissionExpressions.environment(hasParams: hasParams, hasAuthorizer: true)
        self.conditions = conditions.map { PolicyExpression($0["expression"]?.stringValue ?? "", environment, [.bool]) }
    }

    var isEmpty: Bool { conditions.isEmpty }

    /// One that is false decides, whatever is wrong with others.
    func check(_ activation: CELActivation) -> Outcome {
        var budget = AdmissionExpressions.conditionCostBudget
        var problems: [String] = []
        for condition in conditions {
            do throws(PolicyExpression.Failure) {
                if try condition.evaluate(activation, &budget).boolValue == false { return .doesNotMatch }
            } catch {
                if error.isOutOfBudget { return .failed(error.message) }
                problems.append(error.message)
            }
        }
        if problems.isEmpty { return .matches }
        return .failed(problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]")
    }
}
