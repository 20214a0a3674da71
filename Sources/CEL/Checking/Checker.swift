/// Finds the type of every part of an expression, and what its names refer to.
struct Checker {
    let environment: CELEnvironment
    let source: CELSource
    var inference = TypeInference()
    /// Variables of loops, inner ones last.
    var scopes: [[String: CELType]] = []
    var errors: [(offset: Int?, message: String)] = []

    init(_ environment: CELEnvironment, _ source: CELSource) {
        self.environment = environment
        self.source = source
    }

    mutating func check(_ expression: Expression) throws(CELCompileErrors) {
        visit(expression)
        guard errors.isEmpty else { throw CELCompileErrors(errors, in: source) }
        settle(expression)
    }

    mutating func report(_ message: String, at offset: Int?) { errors.append((offset, message)) }

    mutating func visit(_ node: Expression) {
        switch node.kind {
        case .missing: node.type = .error
        case .literal(let value): node.type = value.type
        case .identifier(let name): visitIdentifier(node, name)
        case .select(let operand, let field, let isTest): visitSelect(node, operand, field, isTest: isTest)
        case .call(let target, let function, let arguments): visitCall(node, target, function, arguments)
        case .list(let items, let optionals): visitList(node, items, optionals)
        case .map(let entries): visitMap(node, entries)
        case .structure(let name, let fields): visitStructure(node, name, fields)
        case .comprehension(let loop): visitComprehension(node, loop)
        }
    }

    // MARK: Names

    func local(_ name: String) -> CELType? {
        for scope in scopes.reversed() {
            if let type = scope[name] { return type }
        }
        return nil
    }

    private mutating func visitIdentifier(_ node: Expression, _ name: String) {
        if let type = local(name) {
            node.type = type
            node.isLocal = true
        } else if !resolveGlobal(node, name) {
            node.type = .error
            report("undeclared reference to '\(name)' (in container '\(environment.container)')", at: node.offset)
        }
    }

    /// A variable of the environment or a type's name.
    private func resolveGlobal(_ node: Expression, _ name: String) -> Bool {
        for candidate in environment.candidates(for: name) {
            if let type = environment.variables[candidate] {
                node.kind = .identifier(candidate)
                node.type = type
                return true
            }
            let type = environment.types[candidate] ?? environment.objects[candidate].map(\.type)
            if let type {
                node.kind = .identifier(candidate)
                node.type = .type(type)
                node.constant = .type(type)
                return true
            }
        }
        return false
    }

    private mutating func visitSelect(_ node: Expression, _ operand: Expression, _ field: String, isTest: Bool) {
        // The whole may be one qualified name.
        if !isTest, let names = node.qualifiedName, local(names[0]) == nil,
            resolveGlobal(node, names.joined(separator: "."))
        {
            return
        }
        let type = selectedType(node, operand, field, isOptional: false)
        node.type = isTest ? .bool : inference.substitute(type)
    }

    mutating func selectedType(
        _ node: Expression, _ operand: Expression, _ field: String, isOptional: Bool
    ) -> CELType {
        visit(operand)
        let operandType = inference.substitute(operand.type ?? .error)
        let target = operandType.optionalElement ?? operandType
        var result = CELType.dyn
        switch target {
        case .map(_, let value): result = value
        case .object(let name): result = fieldType(name, field, at: node.offset) ?? .error
        case .parameter: _ = inference.isAssignable(.dyn, target)
        case .dyn, .error: break
        default: report("type '\(target)' does not support field selection", at: node.offset)
        }
        return operandType.optionalElement != nil || isOptional ? .optional(result) : result
    }

    mutating func fieldType(_ object: String, _ field: String, at offset: Int?) -> CELType? {
        if environment.isOpenObject(object) { return .dyn }
        guard let schema = environment.objects[object] else {
            report("unexpected failed resolution of '\(object)'", at: offset)
            return nil
        }
        if let type = schema.fields[field]?.schema.type { return type }
        report("undefined field '\(field)'", at: offset)
        return nil
    }

    // MARK: Settling

    /// Puts in what was learnt of type variables; what is still open is `dyn`.
    private func settle(_ node: Expression) {
        node.type = inference.substitute(node.type ?? .dyn, unknownIsDyn: true)
        for child in node.children { settle(child) }
    }
}

extension Expression {
    /// The parts, in the order of evaluation.
    var children: [Expression] {
        switch kind {
        case .missing, .literal, .identifier: []
        case .select(let operand, _, _): [operand]
        case .call(let target, _, let arguments): (target.map { [$0] } ?? []) + arguments
        case .list(let items, _): items
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .structure(_, let fields): fields.map(\.value)
        case .comprehension(let loop): [loop.range, loop.initial, loop.condition, loop.step, loop.result]
        }
    }
}
