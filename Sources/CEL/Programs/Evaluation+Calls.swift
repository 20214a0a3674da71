extension Evaluation {
    mutating func call(_ call: ProgramCode.Call) throws(CELEvaluationError) -> CELValue {
        switch call.arguments.count {
        case 1:
            let value = try evaluate(call.arguments[0])
            if let overload = Evaluation.choose(call, value), case .unary(let body) = overload.body {
                let result = try body(value)
                if case .fixed(let amount) = call.cost {
                    try charge(amount)
                } else {
                    try charge(call.cost.amount([value], result: result))
                }
                return result
            }
            return try general(call, [value])
        case 2:
            let values = [try evaluate(call.arguments[0]), try evaluate(call.arguments[1])]
            return try general(call, values)
        default:
            var values: [CELValue] = []
            for argument in call.arguments { values.append(try evaluate(argument)) }
            return try general(call, values)
        }
    }

    private static func choose(_ call: ProgramCode.Call, _ value: CELValue) -> CELOverload? {
        for overload in call.overloads where overload.parameters.count == 1 {
            if overload.parameters[0].accepts(value) { return overload }
        }
        return nil
    }

    private mutating func general(_ call: ProgramCode.Call, _ values: [CELValue]) throws(CELEvaluationError) -> CELValue
    {
        guard let overload = call.overloads.first(where: { $0.accepts(values) }) else {
            if call.overloads.contains(where: \.isUnguarded) { throw .noSuchOverload }
            throw .noSuchOverload(call.function, values)
        }
        let result: CELValue
        switch overload.body {
        case .unary(let body): result = try body(values[0])
        case .binary(let body): result = try body(values[0], values[1])
        case .ternary(let body): result = try body(values[0], values[1], values[2])
        case .variadic(let body): result = try body(values)
        case .builtIn: preconditionFailure("\(overload.id) has no body")
        }
        try charge(call.cost.amount(values, result: result))
        return result
    }
}
