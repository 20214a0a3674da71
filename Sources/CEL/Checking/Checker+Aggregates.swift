extension Checker {
    mutating func visitList(_ node: Expression, _ items: [Expression], _ optionals: Set<Int>) {
        var element: CELType?
        for (index, item) in items.enumerated() {
            visit(item)
            element = join(element, itemType(item, isOptional: optionals.contains(index)))
        }
        node.type = .list(element ?? inference.freshVariable())
    }

    mutating func visitMap(_ node: Expression, _ entries: [Expression.Entry]) {
        var key: CELType?
        var value: CELType?
        for entry in entries {
            visit(entry.key)
            key = join(key, entry.key.type ?? .error)
            visit(entry.value)
            value = join(value, itemType(entry.value, isOptional: entry.isOptional))
        }
        node.type = .map(key ?? inference.freshVariable(), value ?? inference.freshVariable())
    }

    /// The type of an item, or of what an optional item holds.
    private mutating func itemType(_ item: Expression, isOptional: Bool) -> CELType {
        let type = item.type ?? .error
        guard isOptional else { return type }
        if let element = type.optionalElement { return element }
        if !type.isDyn {
            report("expected type '\(CELType.optional(type))' but found '\(type)'", at: item.offset)
        }
        return type
    }

    /// The type that two items have in common.
    private mutating func join(_ previous: CELType?, _ current: CELType) -> CELType {
        guard let previous else { return current }
        if inference.isAssignable(previous, current) { return TypeInference.mostGeneral(previous, current) }
        return .dyn
    }

    mutating func visitStructure(_ node: Expression, _ name: String, _ fields: [Expression.FieldInitializer]) {
        let known = environment.candidates(for: name).first {
            environment.objects[$0] != nil || environment.isOpenObject($0)
        }
        guard let known else {
            for field in fields { visit(field.value) }
            node.type = .error
            report("undeclared reference to '\(name)' (in container '\(environment.container)')", at: node.offset)
            return
        }
        node.kind = .structure(known, fields)
        node.type = .object(known)
        for field in fields {
            visit(field.value)
            guard let declared = fieldType(known, field.name, at: field.offset) else { continue }
            let type = itemType(field.value, isOptional: field.isOptional)
            if !inference.isAssignable(declared, type) {
                report(
                    "expected type of field '\(field.name)' is '\(declared)' but provided type is '\(type)'",
                    at: field.offset)
            }
        }
    }

    mutating func visitComprehension(_ node: Expression, _ loop: Expression.Comprehension) {
        visit(loop.range)
        visit(loop.initial)
        let range = inference.substitute(loop.range.type ?? .error)
        let accumulator = loop.initial.type ?? .error
        scopes.append([loop.accumulator: accumulator])
        scopes.append(variables(of: loop, range))
        visit(loop.condition)
        assert(loop.condition, is: .bool)
        visit(loop.step)
        assert(loop.step, is: accumulator)
        scopes.removeLast()
        visit(loop.result)
        scopes.removeLast()
        node.type = inference.substitute(loop.result.type ?? .error)
    }

    private mutating func variables(of loop: Expression.Comprehension, _ range: CELType) -> [String: CELType] {
        var first = CELType.dyn
        var second = CELType.dyn
        switch range {
        case .list(let element): (first, second) = loop.secondVariable == nil ? (element, element) : (.int, element)
        case .map(let key, let value): (first, second) = (key, value)
        case .dyn, .error, .parameter: _ = inference.isAssignable(.dyn, range)
        default:
            report(
                "expression of type '\(range)' cannot be range of a comprehension (must be list, map, or dynamic)",
                at: loop.range.offset)
            (first, second) = (.error, .error)
        }
        var scope = [loop.variable: first]
        if let name = loop.secondVariable { scope[name] = second }
        return scope
    }

    private mutating func assert(_ node: Expression, is type: CELType) {
        let found = node.type ?? .error
        if !inference.isAssignable(type, found) {
            report("expected type '\(type)' but found '\(found)'", at: node.offset)
        }
    }
}
