extension Evaluation {
    /// Fields, keys and indexes.
    mutating func access(_ index: Node.Index) throws(CELEvaluationError) -> CELValue {
        switch code.nodes[Int(index)] {
        case .select(let operand, let name):
            let value = try evaluate(operand)
            try chargeFixed(index)
            return try Evaluation.select(value, .string(code.names[Int(name)]))
        case .lookUp(let operand, let key):
            let value = try evaluate(operand)
            let keyValue = try evaluate(key)
            try chargeFixed(index)
            return try Evaluation.select(value, keyValue)
        case .selectOptional(let operand, let name):
            let value = try evaluate(operand)
            let found = try Evaluation.find(value, .string(code.names[Int(name)]))
            if found != nil { try chargeFixed(index) }
            return .optional(found.map(CELOptional.some) ?? .none)
        case .lookUpOptional(let operand, let key):
            let value = try evaluate(operand)
            let found = try Evaluation.find(value, try evaluate(key))
            if found != nil { try chargeFixed(index) }
            return .optional(found.map(CELOptional.some) ?? .none)
        case .test(let operand, let name):
            let value = try evaluate(operand)
            try chargeFixed(index)
            return .bool(try Evaluation.find(value, .string(code.names[Int(name)])) != nil)
        default: preconditionFailure("step \(index) is no access")
        }
    }

    private mutating func chargeFixed(_ index: Node.Index) throws(CELEvaluationError) {
        if case .fixed(let amount) = code.charges[Int(index)], amount > 0 { try charge(amount) }
    }

    private static func select(_ value: CELValue, _ key: CELValue) throws(CELEvaluationError) -> CELValue {
        switch value {
        case .map(let map):
            guard let found = try map.find(key) else { throw .noSuchKey(key) }
            return found
        case .list(let list):
            let position = try index(key)
            guard position >= 0, position < Int64(list.count) else {
                throw CELEvaluationError("index out of bounds: \(key.text)")
            }
            return list[Int(position)]
        case .optional:
            return .optional(try find(value, key).map(CELOptional.some) ?? .none)
        default: throw .noSuchKey(key)
        }
    }

    /// `nil` where there is no such field, key or index.
    private static func find(_ value: CELValue, _ key: CELValue) throws(CELEvaluationError) -> CELValue? {
        switch value {
        case .map(let map): return try map.find(key)
        case .list(let list):
            let position = try index(key)
            return position >= 0 && position < Int64(list.count) ? list[Int(position)] : nil
        case .optional(let optional):
            guard let inner = optional.value else { return nil }
            return try find(inner, key)
        default: throw .noSuchKey(key)
        }
    }

    private static func index(_ key: CELValue) throws(CELEvaluationError) -> Int64 {
        switch key {
        case .int(let value): return value
        case .uint(let value): if let whole = Int64(exactly: value) { return whole }
        case .double(let value): if let whole = Int64(exactly: value) { return whole }
        default: throw CELEvaluationError("unsupported index type '\(key.type.runtimeName)' in list")
        }
        throw CELEvaluationError("unsupported index value \(key.text) in list")
    }

    // MARK: Aggregates

    mutating func aggregate(_ node: Node) throws(CELEvaluationError) -> CELValue {
        switch node {
        case .list(let first, let count):
            var values: [CELValue] = []
            values.reserveCapacity(Int(count))
            for position in first..<(first + count) { values.append(try evaluate(code.operands[Int(position)])) }
            return .list(values)
        case .map(let first, let count):
            var dictionary = CELDictionary()
            for position in stride(from: first, to: first + count, by: 2) {
                let key = try evaluate(code.operands[Int(position)])
                try insert(try evaluate(code.operands[Int(position) + 1]), for: key, into: &dictionary)
            }
            return .map(.dictionary(dictionary))
        case .optionalList(let position): return try optionalList(code.aggregates[Int(position)])
        case .optionalMap(let position): return try optionalMap(code.aggregates[Int(position)])
        default: preconditionFailure("not an aggregate")
        }
    }

    private func insert(
        _ value: CELValue, for key: CELValue, into dictionary: inout CELDictionary
    ) throws(CELEvaluationError) {
        guard CELDictionary.isKey(key) else {
            throw CELEvaluationError("unsupported key type: \(key.type.runtimeName)")
        }
        guard dictionary.insert(value, for: key) else {
            throw CELEvaluationError("Failed with repeated key: \(key.text)")
        }
    }

    private mutating func optionalList(
        _ aggregate: ProgramCode.OptionalAggregate
    ) throws(CELEvaluationError) -> CELValue {
        var values: [CELValue] = []
        for (position, item) in aggregate.items.enumerated() {
            let value = try evaluate(item)
            guard aggregate.optionals.contains(position) else {
                values.append(value)
                continue
            }
            guard case .optional(let optional) = value else {
                throw CELEvaluationError(
                    "cannot initialize optional list element from non-optional value \(value.text)")
            }
            if let inner = optional.value { values.append(inner) }
        }
        return .list(values)
    }

    private mutating func optionalMap(
        _ aggregate: ProgramCode.OptionalAggregate
    ) throws(CELEvaluationError) -> CELValue {
        var dictionary = CELDictionary()
        for position in 0..<(aggregate.items.count / 2) {
            let key = try evaluate(aggregate.items[position * 2])
            let value = try evaluate(aggregate.items[position * 2 + 1])
            guard aggregate.optionals.contains(position) else {
                try insert(value, for: key, into: &dictionary)
                continue
            }
            guard case .optional(let optional) = value else {
                throw CELEvaluationError(
                    "cannot initialize optional entry '\(key.text)' from non-optional value \(value.text)")
            }
            if let inner = optional.value { try insert(inner, for: key, into: &dictionary) }
        }
        return .map(.dictionary(dictionary))
    }
}
