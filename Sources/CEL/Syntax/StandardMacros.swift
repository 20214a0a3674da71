/// `has`, the quantifiers, `map` and `filter`.
enum StandardMacros {
    static let all: [Macro] =
        [
            Macro(name: "has", argumentCount: 1, isMember: false) { expansion, _, arguments throws(MacroError) in
                guard case .select(let operand, let field, _) = arguments[0].kind else {
                    throw MacroError(offset: arguments[0].offset, message: "invalid argument to has() macro")
                }
                return Expression(.select(operand, field: field, isTest: true), at: expansion.offset)
            },
            quantifier("all", .all), quantifier("exists", .exists), quantifier("exists_one", .existsOne),
            quantifier("existsOne", .existsOne), map(2), map(3), filter,
        ]

    private static func quantifier(_ name: String, _ quantifier: Quantifier) -> Macro {
        Macro(name: name, argumentCount: 2, isMember: true) { expansion, target, arguments throws(MacroError) in
            guard let target else { return nil }
            let variable = try expansion.variable(arguments[0], orElse: "argument must be a simple name")
            return quantifier.expand(expansion, target, variable, nil, arguments[1])
        }
    }

    private static func map(_ count: Int) -> Macro {
        Macro(name: "map", argumentCount: count, isMember: true) { expansion, target, arguments throws(MacroError) in
            guard let target else { return nil }
            let variable = try expansion.variable(arguments[0], orElse: "argument is not an identifier")
            var step = expansion.call("_+_", expansion.result, expansion.list([arguments[count - 1]]))
            if count == 3 { step = expansion.call("_?_:_", arguments[1], step, expansion.result) }
            return expansion.loop(
                over: target, variable, from: expansion.list([]), while: expansion.literal(.bool(true)), step: step,
                result: expansion.result)
        }
    }

    private static let filter = Macro(name: "filter", argumentCount: 2, isMember: true) {
        expansion, target, arguments throws(MacroError) in
        guard let target else { return nil }
        let variable = try expansion.variable(arguments[0], orElse: "argument is not an identifier")
        let step = expansion.call("_+_", expansion.result, expansion.list([arguments[0]]))
        return expansion.loop(
            over: target, variable, from: expansion.list([]), while: expansion.literal(.bool(true)),
            step: expansion.call("_?_:_", arguments[1], step, expansion.result), result: expansion.result)
    }
}
