extension Evaluation {
    mutating func loop(_ loop: ProgramCode.Loop) throws(CELEvaluationError) -> CELValue {
        let range = try evaluate(loop.range)
        var accumulator: Result<CELValue, CELEvaluationError> = .success(try evaluate(loop.initial))
        switch range {
        case .list(let list):
            for index in 0..<list.count {
                guard
                    try turn(
                        loop, &accumulator, key: { .int(Int64(index)) },
                        value: { () throws(CELEvaluationError) in list[index] })
                else { break }
            }
        case .map(let map):
            for key in map.keys {
                let isOne = loop.secondVariable == nil
                let goesOn = try turn(loop, &accumulator, key: { key }) { () throws(CELEvaluationError) in
                    isOne ? key : try map.find(key) ?? .null
                }
                guard goesOn else { break }
            }
        default: throw CELEvaluationError("got '\(range.type.runtimeName)', expected iterable type")
        }
        locals[Int(loop.accumulator)] = try accumulator.get()
        return try evaluate(loop.result)
    }

    /// One turn; false when the loop is over. A failing step may be made good by a later turn, as in `exists`.
    private mutating func turn(
        _ loop: ProgramCode.Loop, _ accumulator: inout Result<CELValue, CELEvaluationError>,
        key: () -> CELValue, value: () throws(CELEvaluationError) -> CELValue
    ) throws(CELEvaluationError) -> Bool {
        turnsToCheck -= 1
        if turnsToCheck == 0 {
            turnsToCheck = Evaluation.checkFrequency
            if Task.isCancelled { throw .interrupted }
        }
        if let second = loop.secondVariable {
            locals[Int(loop.variable)] = key()
            locals[Int(second)] = try value()
        } else {
            locals[Int(loop.variable)] = try value()
        }
        guard case .success(let current) = accumulator else { return try retry(loop, &accumulator) }
        locals[Int(loop.accumulator)] = consume current
        accumulator = .success(.null)
        guard case .bool(true) = try evaluate(loop.condition) else {
            accumulator = .success(locals[Int(loop.accumulator)])
            return false
        }
        accumulator = try attempt(loop.step)
        return true
    }

    /// The accumulator is an error: only a quantifier goes on, and its step is `error && x` or `error || x`.
    private mutating func retry(
        _ loop: ProgramCode.Loop, _ accumulator: inout Result<CELValue, CELEvaluationError>
    ) throws(CELEvaluationError) -> Bool {
        guard case .notStrictlyFalse = code.nodes[Int(loop.condition)] else { return false }
        let other: Node.Index
        let dominant: Bool
        switch code.nodes[Int(loop.step)] {
        case .and(_, let right): (other, dominant) = (right, false)
        case .or(_, let right): (other, dominant) = (right, true)
        default: return false
        }
        // The condition was `true` for want of a truth value.
        try charge(3)
        if case .success(.bool(let value)) = try attempt(other), value == dominant {
            accumulator = .success(.bool(dominant))
        }
        return true
    }

    private mutating func attempt(
        _ index: Node.Index
    ) throws(CELEvaluationError) -> Result<CELValue, CELEvaluationError> {
        do throws(CELEvaluationError) {
            return .success(try evaluate(index))
        } catch {
            guard error.kind == .value else { throw error }
            return .failure(error)
        }
    }
}
