extension Checker {
    mutating func visitCall(
        _ node: Expression, _ target: Expression?, _ function: String, _ arguments: [Expression]
    ) {
        if function == "_?._" {
            visitOptionalSelect(node, arguments)
            return
        }
        for argument in arguments { visit(argument) }
        guard let target else {
            guard let (name, overloads) = lookUp(function) else {
                reportUndeclared(function, at: node)
                return
            }
            node.kind = .call(target: nil, function: name, arguments: arguments)
            resolve(node, name, overloads, nil, arguments)
            return
        }
        // `a.b.c()` may be the function `a.b.c`.
        if let prefix = target.qualifiedName?.joined(separator: "."),
            let (name, overloads) = lookUp(prefix + "." + function)
        {
            node.kind = .call(target: nil, function: name, arguments: arguments)
            resolve(node, name, overloads, nil, arguments)
            return
        }
        visit(target)
        guard let (name, overloads) = lookUp(function) else {
            reportUndeclared(function, at: node)
            return
        }
        resolve(node, name, overloads, target, arguments)
    }

    private mutating func reportUndeclared(_ function: String, at node: Expression) {
        node.type = .error
        report("undeclared reference to '\(function)' (in container '\(environment.container)')", at: node.offset)
    }

    private func lookUp(_ name: String) -> (String, [CELOverload])? {
        for candidate in environment.candidates(for: name) {
            if let overloads = environment.functions[candidate] { return (candidate, overloads) }
        }
        return nil
    }

    private mutating func visitOptionalSelect(_ node: Expression, _ arguments: [Expression]) {
        guard arguments.count == 2, case .string(let field)? = arguments[1].literalValue else {
            node.type = .error
            report("unsupported optional field selection", at: node.offset)
            return
        }
        let type = selectedType(node, arguments[0], field, isOptional: true)
        arguments[1].type = .string
        node.type = inference.substitute(type)
    }

    /// Chooses the overloads that fit, and the type that all of them give.
    private mutating func resolve(
        _ node: Expression, _ name: String, _ overloads: [CELOverload], _ target: Expression?, _ arguments: [Expression]
    ) {
        let types = ((target.map { [$0] } ?? []) + arguments).map { $0.type ?? .error }
        if name == "_&&_" || name == "_||_" {
            resolveLogic(node, overloads, arguments)
            return
        }
        var result: CELType?
        node.overloads = []
        for overload in overloads where overload.isMember == (target != nil) {
            var substitution: [String: CELType] = [:]
            for variable in overload.typeVariables.sorted() { substitution[variable] = inference.freshVariable() }
            let parameters = overload.parameters.map { $0.replacing(substitution) }
            guard inference.isAssignable(types, parameters) else { continue }
            node.overloads.append(overload)
            let type = inference.substitute(overload.result.replacing(substitution))
            if let known = result {
                if !known.isDyn, known != type { result = .dyn }
            } else {
                result = type
            }
        }
        if let result {
            node.type = result
            return
        }
        node.type = .error
        let texts = types.map { inference.substitute($0, unknownIsDyn: true).description }
        let signature =
            target == nil
            ? "(\(texts.joined(separator: ", ")))" : "\(texts[0]).(\(texts.dropFirst().joined(separator: ", ")))"
        report("found no matching overload for '\(name)' applied to '\(signature)'", at: node.offset)
    }

    private mutating func resolveLogic(_ node: Expression, _ overloads: [CELOverload], _ arguments: [Expression]) {
        node.overloads = overloads
        node.type = .bool
        for argument in arguments {
            let type = argument.type ?? .error
            if !inference.isAssignable(type, .bool) {
                report("expected type 'bool' but found '\(type)'", at: argument.offset)
                node.type = .error
            }
        }
    }
}

extension CELType {
    /// Puts types in place of the variables of a signature.
    func replacing(_ substitution: [String: CELType]) -> CELType {
        if case .parameter(let name) = self { return substitution[name] ?? self }
        return parameters.isEmpty ? self : mapParameters { $0.replacing(substitution) }
    }
}
