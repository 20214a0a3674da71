/// What a call costs and how large its result is.
enum CallEstimator {
    typealias Estimate = CELCostEstimate

    struct Call {
        let function: String
        let overload: String
        let node: Expression
        let target: Expression?
        let arguments: [Expression]
        let costs: [Estimate]

        var argumentCost: Estimate { costs.reduce(.zero) { $0 + $1 } }
    }

    struct Result {
        let cost: Estimate
        var size: Estimate?
    }

    static func estimate(_ call: Call, _ estimator: inout CostEstimator) -> Result {
        if let library = LibraryEstimator(call, estimator).estimate() {
            return Result(cost: library.cost + call.argumentCost, size: library.size)
        }
        return standard(call, &estimator)
    }

    private static func standard(_ call: Call, _ estimator: inout CostEstimator) -> Result {
        let sizes = call.arguments.map { estimator.sizeOrUnknown($0) }
        let target = call.target.map { estimator.sizeOrUnknown($0) }
        func through(_ size: Estimate) -> Estimate { size * CostFactor.traversal + call.argumentCost }
        switch call.overload {
        case "string_format": return Result(cost: through(target ?? .unknown))
        case "string_to_bytes":
            return Result(
                cost: through(sizes[0]), size: Estimate(min: sizes[0].min, max: sizes[0].max.multipliedOrMax(4)))
        case "bytes_to_string":
            return Result(cost: through(sizes[0]), size: Estimate(min: sizes[0].min / 4, max: sizes[0].max))
        case "strings_quote":
            let size = Estimate(min: sizes[0].min + 2, max: sizes[0].max.multipliedOrMax(2).addingOrMax(2))
            return Result(cost: through(sizes[0]), size: size)
        case "starts_with_string", "ends_with_string": return Result(cost: through(sizes[0]))
        case "in_list": return Result(cost: sizes[1] + call.argumentCost)
        case "matches_string":
            let text = ((target ?? .unknown) + .one) * CostFactor.traversal
            return Result(cost: text * (sizes[0] * CostFactor.pattern) + call.argumentCost)
        case "contains_string":
            let text = (target ?? .unknown) * CostFactor.traversal
            return Result(cost: text * (sizes[0] * CostFactor.traversal) + call.argumentCost)
        case "logical_and", "logical_or":
            return Result(cost: Estimate(min: call.costs[0].min, max: (call.costs[0] + call.costs[1]).max))
        case "conditional":
            estimator.setEntry(
                CostEstimator.EntrySize.union(
                    estimator.entry(of: call.arguments[1]), estimator.entry(of: call.arguments[2])),
                of: call.node)
            return Result(
                cost: call.costs[0] + call.costs[1].union(call.costs[2]), size: sizes[1].union(sizes[2]))
        case "add_string", "add_bytes", "add_list":
            estimator.setEntry(
                CostEstimator.EntrySize.union(
                    estimator.entry(of: call.arguments[0]), estimator.entry(of: call.arguments[1])),
                of: call.node)
            let size = sizes[0] + sizes[1]
            if call.overload == "add_list" { return Result(cost: .one + call.argumentCost, size: size) }
            return Result(cost: through(size), size: size)
        default:
            guard isComparison(call.overload) else { return Result(cost: .one + call.argumentCost) }
            let smaller = Swift.min(sizes[0].max, sizes[1].max)
            return Result(cost: through(Estimate(min: smaller > 0 ? 1 : 0, max: smaller)))
        }
    }

    private static func isComparison(_ overload: String) -> Bool {
        if overload == "equals" || overload == "not_equals" { return true }
        guard overload.hasSuffix("_string") || overload.hasSuffix("_bytes") else { return false }
        return overload.hasPrefix("less_") || overload.hasPrefix("greater_")
    }
}
