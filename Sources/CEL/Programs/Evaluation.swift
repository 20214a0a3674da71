/// One run of a program.
struct Evaluation {
    let code: ProgramCode
    private let activation: CELActivation
    private let costLimit: UInt64
    private(set) var cost: UInt64 = 0
    var locals: [CELValue]
    /// How many loop turns until the next look at whether anyone still wants the answer.
    var turnsToCheck = Evaluation.checkFrequency

    static let checkFrequency = 100

    init(_ code: ProgramCode, _ activation: CELActivation, costLimit: UInt64) {
        self.code = code
        self.activation = activation
        self.costLimit = costLimit
        locals = Array(repeating: .null, count: code.localCount)
    }

    /// Adds up; stops beyond the limit.
    @inline(__always)
    mutating func charge(_ amount: UInt64) throws(CELEvaluationError) {
        let (sum, overflow) = cost.addingReportingOverflow(amount)
        cost = overflow ? .max : sum
        guard cost <= costLimit else { throw .costLimit }
    }

    @inline(__always)
    private mutating func charge(for index: Node.Index) throws(CELEvaluationError) {
        if case .fixed(let amount) = code.charges[Int(index)], amount > 0 { try charge(amount) }
    }

    private mutating func charge(
        for index: Node.Index, _ left: CELValue, _ right: CELValue
    ) throws(CELEvaluationError) {
        try charge(code.charges[Int(index)].amount([left, right], result: .null))
    }

    mutating func evaluate(_ index: Node.Index) throws(CELEvaluationError) -> CELValue {
        switch code.nodes[Int(index)] {
        case .constant(let position): return code.constants[Int(position)]
        case .local(let slot):
            try charge(for: index)
            return locals[Int(slot)]
        case .variable(let position):
            try charge(for: index)
            let name = code.variables[Int(position)]
            guard let value = activation[name] else { throw CELEvaluationError("no such attribute(s): \(name)") }
            return value
        case .and(let left, let right): return try logic(left, right, dominant: false)
        case .or(let left, let right): return try logic(left, right, dominant: true)
        case .conditional(let condition, let truthy, let falsy):
            guard case .bool(let isTrue) = try evaluate(condition) else { throw .noSuchOverload }
            return try evaluate(isTrue ? truthy : falsy)
        case .notStrictlyFalse(let operand):
            let value = try truth(operand)
            try charge(for: index)
            if case .success(false) = value { return .bool(false) }
            return .bool(true)
        case .append(let local, let item):
            let value = try evaluate(item)
            try charge(for: index)
            return append(value, to: local)
        case .loop(let position): return try loop(code.loops[Int(position)])
        case .select, .selectOptional, .test, .lookUp, .lookUpOptional: return try access(index)
        case .structure(let fields, let name):
            guard case .map(.dictionary(let dictionary)) = try evaluate(fields) else { throw .noSuchOverload }
            return .map(.structure(name: code.names[Int(name)], dictionary))
        case .list, .map, .optionalList, .optionalMap:
            let value = try aggregate(code.nodes[Int(index)])
            try charge(for: index)
            return value
        default: return try operate(index)
        }
    }

    private mutating func operate(_ index: Node.Index) throws(CELEvaluationError) -> CELValue {
        switch code.nodes[Int(index)] {
        case .not(let operand):
            guard case .bool(let value) = try evaluate(operand) else { throw .noSuchOverload }
            try charge(for: index)
            return .bool(!value)
        case .negate(let operand):
            let value = try evaluate(operand)
            try charge(for: index)
            return try value.negated()
        case .equal(let left, let right):
            let (a, b) = (try evaluate(left), try evaluate(right))
            try charge(for: index, a, b)
            return .bool(a.isEqual(to: b))
        case .notEqual(let left, let right):
            let (a, b) = (try evaluate(left), try evaluate(right))
            try charge(for: index, a, b)
            return .bool(!a.isEqual(to: b))
        case .compare(let comparison, let left, let right):
            let (a, b) = (try evaluate(left), try evaluate(right))
            try charge(for: index, a, b)
            return .bool(try compare(comparison, a, b))
        case .arithmetic(let operation, let left, let right):
            let (a, b) = (try evaluate(left), try evaluate(right))
            try charge(for: index, a, b)
            return try a.calculate(operation, b)
        case .contained(let item, let range):
            let (a, b) = (try evaluate(item), try evaluate(range))
            try charge(for: index, a, b)
            switch b {
            case .list(let list): return .bool(list.contains(a))
            case .map(let map): return .bool(try map.contains(a))
            default: throw .noSuchOverload
            }
        case .containedInSet(let item, let set):
            return .bool(code.sets[Int(set)].contains(try evaluate(item)))
        case .call(let position): return try call(code.calls[Int(position)])
        default: preconditionFailure("step \(index) has no meaning")
        }
    }

    private func compare(
        _ comparison: Node.Comparison, _ left: CELValue, _ right: CELValue
    ) throws(CELEvaluationError) -> Bool {
        let order = try left.compare(right)
        return switch comparison {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// `&&` and `||`: one side may decide alone, whatever is wrong with the other.
    private mutating func logic(
        _ left: Node.Index, _ right: Node.Index, dominant: Bool
    ) throws(CELEvaluationError) -> CELValue {
        let first: CELEvaluationError
        switch try truth(left) {
        case .success(let value):
            if value == dominant { return .bool(dominant) }
            switch try truth(right) {
            case .success(let value): return .bool(value)
            case .failure(let error): throw error
            }
        case .failure(let error): first = error
        }
        if case .success(let value) = try truth(right), value == dominant { return .bool(dominant) }
        throw first
    }

    private mutating func truth(
        _ index: Node.Index
    ) throws(CELEvaluationError) -> Result<Bool, CELEvaluationError> {
        do throws(CELEvaluationError) {
            guard case .bool(let value) = try evaluate(index) else { return .failure(.noSuchOverload) }
            return .success(value)
        } catch {
            guard error.kind == .value else { throw error }
            return .failure(error)
        }
    }

    private mutating func append(_ value: CELValue, to slot: Int32) -> CELValue {
        // Taken out, so that the array has one owner and grows where it lies.
        let old = locals[Int(slot)]
        locals[Int(slot)] = .null
        guard case .list(.values(var values)) = consume old else { return .list([value]) }
        values.append(value)
        return .list(.values(values))
    }
}

extension CELValue {
    static func list(_ values: [CELValue]) -> CELValue { .list(.values(values)) }
}
