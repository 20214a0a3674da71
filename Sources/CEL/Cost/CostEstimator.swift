/// What evaluating an expression can cost, from its tree and from how large variables can get.
///
/// Follows upstream's estimator number by number: which rules a custom resource may have depends on it.
struct CostEstimator {
    typealias Estimate = CELCostEstimate

    /// Of the items of a list, or the keys and values of a map.
    struct EntrySize {
        let isList: Bool
        let key: Estimate
        let value: Estimate

        static func union(_ one: EntrySize?, _ other: EntrySize?) -> EntrySize? {
            guard let one, let other else { return nil }
            return EntrySize(isList: one.isList, key: one.key.union(other.key), value: one.value.union(other.value))
        }
    }

    private struct Local {
        let path: [String]?
        let size: Estimate?
        let entry: EntrySize?
    }

    let environment: CELEnvironment
    private let root: Expression
    private var paths: [ObjectIdentifier: [String]] = [:]
    private var sizes: [ObjectIdentifier: Estimate] = [:]
    private var entries: [ObjectIdentifier: EntrySize] = [:]
    private var locals: [String: [Local]] = [:]

    init(_ environment: CELEnvironment, _ root: Expression) {
        self.environment = environment
        self.root = root
    }

    mutating func estimate() -> CELCostEstimate { cost(root) }

    mutating func cost(_ node: Expression) -> Estimate {
        switch node.kind {
        case .missing, .literal: return .zero
        case .identifier(let name):
            paths[ObjectIdentifier(node)] = locals[name]?.last.map { $0.path ?? [] } ?? [name]
            return .one
        case .select(let operand, let field, let isTest): return costOfSelect(node, operand, field, isTest: isTest)
        case .call(let target, let function, let arguments): return costOfCall(node, target, function, arguments)
        case .list(let items, _): return costOfList(node, items)
        case .map(let pairs): return costOfMap(node, pairs)
        case .structure(_, let fields):
            return fields.reduce(Estimate(40)) { $0 + cost($1.value) }
        case .comprehension(let loop): return costOfLoop(node, loop)
        }
    }

    private mutating func costOfSelect(
        _ node: Expression, _ operand: Expression, _ field: String, isTest: Bool
    ) -> Estimate {
        let inner = cost(operand)
        if isTest { return inner + (environment.presenceTestHasCost ? .one : .zero) }
        paths[ObjectIdentifier(node)] = path(of: operand).map { $0 + [field] }
        switch operand.type ?? .dyn {
        case .map, .object, .parameter: return inner + .one
        default: return inner
        }
    }

    private mutating func costOfList(_ node: Expression, _ items: [Expression]) -> Estimate {
        var sum = Estimate(10)
        var size = Estimate(min: items.isEmpty ? 0 : .max, max: 0)
        for item in items {
            sum += cost(item)
            size = size.union(sizeOrUnknown(item))
        }
        entries[ObjectIdentifier(node)] = EntrySize(isList: true, key: .one, value: size)
        return sum
    }

    private mutating func costOfMap(_ node: Expression, _ pairs: [Expression.Entry]) -> Estimate {
        var sum = Estimate(30)
        var key = Estimate(min: pairs.isEmpty ? 0 : .max, max: 0)
        var value = key
        for pair in pairs {
            sum += cost(pair.key)
            sum += cost(pair.value)
            key = key.union(sizeOrUnknown(pair.key))
            value = value.union(sizeOrUnknown(pair.value))
        }
        entries[ObjectIdentifier(node)] = EntrySize(isList: false, key: key, value: value)
        return sum
    }

    // MARK: Loops

    private mutating func costOfLoop(_ node: Expression, _ loop: Expression.Comprehension) -> Estimate {
        var sum = cost(loop.range) + cost(loop.initial)
        push(
            loop.accumulator,
            Local(path: path(of: loop.initial), size: size(of: loop.initial), entry: entry(of: loop.initial)))
        if case .list(let items, _) = loop.range.kind, items.isEmpty, case .literal(.bool(false)) = loop.condition.kind
        {
            // A binding: no loop at all.
            sum += cost(loop.result)
            locals[loop.accumulator]?.removeLast()
            sizes[ObjectIdentifier(node)] = size(of: loop.result)
            entries[ObjectIdentifier(node)] = entry(of: loop.result)
            return sum
        }
        pushVariables(of: loop)
        let turn = cost(loop.condition) + cost(loop.step)
        locals[loop.variable]?.removeLast()
        if let second = loop.secondVariable { locals[second]?.removeLast() }
        sum += cost(loop.result)
        locals[loop.accumulator]?.removeLast()
        let count = sizeOrUnknown(loop.range)
        sum += count * turn
        switch loop.initial.kind {
        case .literal: sizes[ObjectIdentifier(node)] = size(of: loop.initial)
        case .list, .map:
            sizes[ObjectIdentifier(node)] = count
            entries[ObjectIdentifier(node)] = entry(of: loop.step)
        default: break
        }
        return sum
    }

    private mutating func push(_ name: String, _ local: Local) { locals[name, default: []].append(local) }

    private mutating func pushVariables(of loop: Expression.Comprehension) {
        let entry = entry(of: loop.range)
        let isList = entry?.isList ?? { if case .list? = loop.range.type { true } else { false } }()
        let path = path(of: loop.range)
        func local(_ step: String, _ size: Estimate?) -> Local {
            Local(path: path.map { $0 + [step] }, size: size, entry: nil)
        }
        if let second = loop.secondVariable {
            push(loop.variable, local(isList ? "@indices" : "@keys", entry?.key))
            push(second, local(isList ? "@items" : "@values", entry?.value))
        } else {
            push(loop.variable, isList ? local("@items", entry?.value) : local("@keys", entry?.key))
        }
    }

    // MARK: Calls

    private mutating func costOfCall(
        _ node: Expression, _ target: Expression?, _ function: String, _ arguments: [Expression]
    ) -> Estimate {
        if function == "dyn", let argument = arguments.first {
            let inner = cost(argument)
            sizes[ObjectIdentifier(node)] = size(of: argument)
            entries[ObjectIdentifier(node)] = entry(of: argument)
            return inner + .one
        }
        let costs = arguments.map { cost($0) }
        // Selecting an optional field has no overload, and so upstream takes it for free.
        guard !node.overloads.isEmpty else { return function == "_?._" ? .one + costs[0] : .zero }
        let sum = target.map { cost($0) } ?? .zero
        var own: Estimate?
        var result: Estimate?
        for overload in node.overloads {
            let call = CallEstimator.Call(
                function: function, overload: overload.id, node: node, target: target, arguments: arguments,
                costs: costs)
            let estimate = CallEstimator.estimate(call, &self)
            own = own?.union(estimate.cost) ?? estimate.cost
            if let size = estimate.size { result = result?.union(size) ?? size }
            if overload.id == "index_list" || overload.id == "index_map", let first = arguments.first {
                result = entry(of: first)?.value
                let step = overload.id == "index_list" ? "@items" : "@values"
                paths[ObjectIdentifier(node)] = path(of: first).map { $0 + [step] }
            }
            if result == nil { result = size(of: node) }
        }
        sizes[ObjectIdentifier(node)] = result
        return sum + (own ?? .zero)
    }

    // MARK: Sizes

    func path(of node: Expression) -> [String]? {
        if let name = node.identifierName, let local = locals[name]?.last { return local.path }
        return paths[ObjectIdentifier(node)]
    }

    /// The path where it begins with a variable of the environment.
    func rootedPath(of node: Expression) -> [String]? {
        guard let path = path(of: node), path.first != MacroExpansion.accumulator else { return nil }
        return path.isEmpty ? nil : path
    }

    func sizeOrUnknown(_ node: Expression) -> Estimate { size(of: node) ?? .unknown }

    func size(of node: Expression) -> Estimate? {
        if let known = sizes[ObjectIdentifier(node)] { return known }
        switch node.kind {
        case .literal(let value): return Estimate(value.chargedSize)
        case .list(let items, _): return Estimate(UInt64(items.count))
        case .map(let pairs): return Estimate(UInt64(pairs.count))
        default: break
        }
        if let path = path(of: node), let size = environment.sizes.estimate(path) { return size }
        if node.type?.isScalar ?? false { return .one }
        if let name = node.identifierName, let local = locals[name]?.last { return local.size }
        return nil
    }

    func entry(of node: Expression) -> EntrySize? {
        if let known = entries[ObjectIdentifier(node)] { return known }
        if let name = node.identifierName, let local = locals[name]?.last { return local.entry }
        return nil
    }

    mutating func setEntry(_ entry: EntrySize?, of node: Expression) {
        if let entry { entries[ObjectIdentifier(node)] = entry }
    }
}

extension CELType {
    /// Of one size whatever the value.
    fileprivate var isScalar: Bool {
        switch self {
        case .bool, .int, .uint, .double, .timestamp, .duration: true
        case .opaque("optional_type", let parameters): parameters.first?.isScalar ?? false
        default: false
        }
    }
}
