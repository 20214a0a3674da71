/// Makes the steps of a checked tree.
///
/// Costs follow upstream's way of counting: it walks `a.b[0].c` as one attribute with qualifiers, so the attribute
/// costs 1 and each qualifier 1; where such an attribute is a branch of `?:` or the operand of `has()`, it is not counted.
struct Lowering {
    private let environment: CELEnvironment
    var nodes: [Node] = []
    var charges: [RuntimeCost] = []
    var operands: [Node.Index] = []
    var constants: [CELValue] = []
    var names: [String] = []
    var variables: [String] = []
    var loops: [ProgramCode.Loop] = []
    var calls: [ProgramCode.Call] = []
    var aggregates: [ProgramCode.OptionalAggregate] = []
    var sets: [ConstantSet] = []
    var localCount = 0
    /// Loop variables and their places, inner ones last.
    private var locals: [(name: String, slot: Int32)] = []

    private init(_ environment: CELEnvironment) { self.environment = environment }

    static func lower(_ expression: Expression, _ environment: CELEnvironment) -> ProgramCode {
        var lowering = Lowering(environment)
        let root = lowering.lower(expression)
        return ProgramCode(lowering, root: root)
    }

    mutating func add(_ node: Node, cost: RuntimeCost = .fixed(0)) -> Node.Index {
        nodes.append(node)
        charges.append(cost)
        return Node.Index(nodes.count - 1)
    }

    mutating func constant(_ value: CELValue) -> Node.Index {
        constants.append(value)
        return add(.constant(Int32(constants.count - 1)))
    }

    mutating func name(_ name: String) -> Int32 {
        if let known = names.firstIndex(of: name) { return Int32(known) }
        names.append(name)
        return Int32(names.count - 1)
    }

    func constantValue(_ index: Node.Index) -> CELValue? {
        if case .constant(let position) = nodes[Int(index)] { constants[Int(position)] } else { nil }
    }

    /// `isCounted` is false for an attribute that upstream reads without counting it.
    mutating func lower(_ node: Expression, isCounted: Bool = true) -> Node.Index {
        switch node.kind {
        case .missing: return constant(.null)
        case .literal(let value): return constant(value)
        case .identifier(let name): return identifier(node, name, isCounted: isCounted)
        case .select(let operand, let field, let isTest):
            if isTest {
                let inner = lower(operand, isCounted: environment.presenceTestHasCost)
                return add(.test(inner, name: name(field)), cost: .fixed(1))
            }
            let inner = lower(operand, isCounted: isCounted)
            return add(.select(inner, name: name(field)), cost: .fixed(qualifierCost(operand, isCounted)))
        case .call(let target, let function, let arguments):
            return lowerCall(node, (target.map { [$0] } ?? []) + arguments, function, isCounted: isCounted)
        case .list(let items, let optionals): return list(items, optionals)
        case .map(let entries):
            return map(entries.map(\.key), entries.map(\.value), entries.map(\.isOptional), cost: 30)
        case .structure(let type, let fields):
            let keys = fields.map { Expression(.literal(.string($0.name)), at: $0.offset) }
            let isPatch = environment.hasPatchTypes && PatchTypes.isPatch(type)
            let inner = map(keys, fields.map(\.value), fields.map(\.isOptional), cost: 40, isFolded: !isPatch)
            return isPatch ? add(.structure(inner, name: name(type))) : inner
        case .comprehension(let loop): return lowerLoop(loop)
        }
    }

    /// What a step along an attribute costs; the first one after something else begins an attribute of its own.
    private func qualifierCost(_ operand: Expression, _ isCounted: Bool) -> UInt64 {
        operand.isAttribute ? 1 : isCounted ? 2 : 1
    }

    private mutating func identifier(_ node: Expression, _ name: String, isCounted: Bool) -> Node.Index {
        if let value = node.constant { return constant(value) }
        let cost = RuntimeCost.fixed(isCounted ? 1 : 0)
        if node.isLocal, let local = locals.last(where: { $0.name == name }) {
            return add(.local(local.slot), cost: cost)
        }
        if let known = variables.firstIndex(of: name) { return add(.variable(Int32(known)), cost: cost) }
        variables.append(name)
        return add(.variable(Int32(variables.count - 1)), cost: cost)
    }

    // MARK: Aggregates

    private mutating func list(_ items: [Expression], _ optionals: Set<Int>) -> Node.Index {
        let parts = items.map { lower($0) }
        guard optionals.isEmpty else {
            aggregates.append(ProgramCode.OptionalAggregate(items: parts, optionals: optionals))
            return add(.optionalList(Int32(aggregates.count - 1)), cost: .fixed(10))
        }
        let values = parts.compactMap(constantValue)
        if values.count == parts.count { return constant(.list(.values(values))) }
        let first = Int32(operands.count)
        operands += parts
        return add(.list(first: first, count: Int32(parts.count)), cost: .fixed(10))
    }

    private mutating func map(
        _ keys: [Expression], _ values: [Expression], _ optionals: [Bool], cost: UInt64, isFolded: Bool = true
    ) -> Node.Index {
        var parts: [Node.Index] = []
        for (key, value) in zip(keys, values) { parts += [lower(key), lower(value)] }
        guard !optionals.contains(true) else {
            let marked = Set(optionals.indices.filter { optionals[$0] })
            aggregates.append(ProgramCode.OptionalAggregate(items: parts, optionals: marked))
            return add(.optionalMap(Int32(aggregates.count - 1)), cost: .fixed(cost))
        }
        if isFolded, let folded = foldedMap(parts) { return constant(.map(.dictionary(folded))) }
        let first = Int32(operands.count)
        operands += parts
        return add(.map(first: first, count: Int32(parts.count)), cost: .fixed(cost))
    }

    private func foldedMap(_ parts: [Node.Index]) -> CELDictionary? {
        let values = parts.compactMap(constantValue)
        guard values.count == parts.count else { return nil }
        var dictionary = CELDictionary()
        for index in stride(from: 0, to: values.count, by: 2) {
            guard CELDictionary.isKey(values[index]), dictionary.insert(values[index + 1], for: values[index]) else {
                return nil
            }
        }
        return dictionary
    }

    // MARK: Loops

    private mutating func slot(_ name: String) -> Int32 {
        locals.append((name, Int32(localCount)))
        localCount += 1
        return Int32(localCount - 1)
    }

    private mutating func lowerLoop(_ loop: Expression.Comprehension) -> Node.Index {
        let range = lower(loop.range)
        let initial = lower(loop.initial)
        let accumulator = slot(loop.accumulator)
        let variable = slot(loop.variable)
        let second = loop.secondVariable.map { slot($0) }
        let condition = lower(loop.condition)
        let step = lowerStep(loop.step, loop.accumulator, accumulator)
        locals.removeLast(second == nil ? 1 : 2)
        let result = lower(loop.result)
        locals.removeLast()
        loops.append(
            ProgramCode.Loop(
                range: range, initial: initial, condition: condition, step: step, result: result,
                accumulator: accumulator, variable: variable, secondVariable: second))
        return add(.loop(Int32(loops.count - 1)))
    }

    /// `result + [item]` would copy the list each time; it is appended to where it lies.
    private mutating func lowerStep(_ step: Expression, _ name: String, _ slot: Int32) -> Node.Index {
        guard case .call(target: nil, let function, let arguments) = step.kind else { return lower(step) }
        if function == "_?_:_", arguments[2].identifierName == name {
            let condition = lower(arguments[0])
            let then = lowerStep(arguments[1], name, slot)
            let otherwise = lower(arguments[2], isCounted: false)
            return add(.conditional(condition, then, otherwise))
        }
        guard function == "_+_", arguments[0].identifierName == name,
            case .list(let items, let optionals) = arguments[1].kind,
            items.count == 1, optionals.isEmpty
        else { return lower(step) }
        let item = lower(items[0])
        // As upstream counts it: the accumulator, the list literal unless it is constant, the sum.
        let cost: UInt64 = constantValue(item) == nil ? 12 : 2
        return add(.append(local: slot, item), cost: .fixed(cost))
    }
}

extension Expression {
    /// What upstream reads as an attribute: a variable and what is selected from it.
    var isAttribute: Bool {
        switch kind {
        case .identifier: constant == nil
        case .select: true
        case .call(target: nil, let function, _):
            function == "_[_]" || function == "_[?_]" || function == "_?._" || function == "_?_:_"
        default: false
        }
    }
}
