extension Lowering {
    mutating func lowerCall(
        _ node: Expression, _ arguments: [Expression], _ function: String, isCounted: Bool
    ) -> Node.Index {
        switch function {
        case "_?_:_":
            let condition = lower(arguments[0])
            return add(
                .conditional(condition, lower(arguments[1], isCounted: false), lower(arguments[2], isCounted: false)))
        case "_[_]", "_[?_]": return lookUp(arguments, isOptional: function == "_[?_]", isCounted: isCounted)
        case "_?._":
            let operand = lower(arguments[0], isCounted: isCounted)
            guard case .string(let field)? = arguments[1].literalValue else { return constant(.null) }
            let cost: UInt64 = arguments[0].isAttribute || !isCounted ? 1 : 2
            return add(.selectOptional(operand, name: name(field)), cost: .fixed(cost))
        default: break
        }
        let parts = arguments.map { lower($0) }
        return operation(node, function, parts) ?? call(node, function, parts)
    }

    private mutating func lookUp(_ arguments: [Expression], isOptional: Bool, isCounted: Bool) -> Node.Index {
        let operand = lower(arguments[0], isCounted: isCounted)
        let key = lower(arguments[1])
        let attribute: UInt64 = arguments[0].isAttribute || !isCounted ? 0 : 1
        // An attribute as the key is counted as the qualifier itself.
        let cost = RuntimeCost.fixed(attribute + (arguments[1].isAttribute ? 0 : 1))
        return add(isOptional ? .lookUpOptional(operand, key) : .lookUp(operand, key), cost: cost)
    }

    /// What the interpreter does itself.
    private mutating func operation(_ node: Expression, _ function: String, _ parts: [Node.Index]) -> Node.Index? {
        if parts.count == 1 {
            switch function {
            case "!_": return add(.not(parts[0]), cost: .fixed(1))
            case "-_": return add(.negate(parts[0]), cost: .fixed(1))
            case "@not_strictly_false": return add(.notStrictlyFalse(parts[0]), cost: .fixed(1))
            default: return nil
            }
        }
        guard parts.count == 2 else { return nil }
        let id = node.overloads.count == 1 ? node.overloads[0].id : ""
        let (left, right) = (parts[0], parts[1])
        switch function {
        case "_&&_": return add(.and(left, right))
        case "_||_": return add(.or(left, right))
        case "_==_": return add(.equal(left, right), cost: .smallerTraversal)
        case "_!=_": return add(.notEqual(left, right), cost: .smallerTraversal)
        case "@in": return contained(left, right, id)
        default: break
        }
        if let comparison = Lowering.comparisons[function] {
            let isTraversal = id.hasSuffix("_string") || id.hasSuffix("_bytes")
            return add(.compare(comparison, left, right), cost: isTraversal ? .smallerTraversal : .fixed(1))
        }
        guard let arithmetic = Lowering.arithmetics[function] else { return nil }
        let isTraversal = id == "add_string" || id == "add_bytes"
        return add(.arithmetic(arithmetic, left, right), cost: isTraversal ? .sumTraversal : .fixed(1))
    }

    private static let comparisons: [String: Node.Comparison] = [
        "_<_": .less, "_<=_": .lessOrEqual, "_>_": .greater, "_>=_": .greaterOrEqual,
    ]

    private static let arithmetics: [String: Node.Arithmetic] = [
        "_+_": .add, "_-_": .subtract, "_*_": .multiply, "_/_": .divide, "_%_": .modulo,
    ]

    private mutating func contained(_ item: Node.Index, _ range: Node.Index, _ id: String) -> Node.Index {
        guard id == "in_list" else { return add(.contained(item, range), cost: .fixed(1)) }
        guard case .list(let list)? = constantValue(range) else {
            return add(.contained(item, range), cost: .secondSize)
        }
        if list.count == 0 { return constant(.bool(false)) }
        guard let set = ConstantSet(list.values) else { return add(.contained(item, range), cost: .secondSize) }
        sets.append(set)
        return add(.containedInSet(item, set: Int32(sets.count - 1)))
    }

    private mutating func call(_ node: Expression, _ function: String, _ parts: [Node.Index]) -> Node.Index {
        var overloads = node.overloads
        // A conversion of a constant is done once.
        if parts.count == 1, overloads.count == 1, Lowering.conversions.contains(function),
            let argument = constantValue(parts[0]), case .unary(let body) = overloads[0].body
        {
            // One that fails says so when it is evaluated.
            if let value = try? body(argument) { return constant(value) }
        }
        if let compiled = PatternLibrary.compiled(overloads, constant: parts.count > 1 ? constantValue(parts[1]) : nil)
        {
            overloads = compiled
        }
        let id = overloads.count == 1 ? overloads[0].id : ""
        calls.append(
            ProgramCode.Call(
                function: function, overloads: overloads, arguments: parts,
                cost: RuntimeCost.of(function: function, overload: id)))
        return add(.call(Int32(calls.count - 1)))
    }

    private static let conversions: Set<String> = [
        "bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint",
    ]
}
