/// A call that becomes something else before it is checked.
package struct Macro: Sendable {
    let name: String
    /// `nil` for any number.
    let argumentCount: Int?
    let isMember: Bool
    /// Gives nil to leave the call as it is.
    let expand: @Sendable (inout MacroExpansion, Expression?, [Expression]) throws(MacroError) -> Expression?
}

struct MacroError: Error {
    let offset: Int?
    let message: String
}

/// The macros of an environment by name, number of arguments and style.
struct MacroTable: Sendable {
    private var macros: [String: Macro] = [:]

    mutating func add(_ added: [Macro]) {
        for macro in added { macros[MacroTable.key(macro.name, macro.argumentCount, macro.isMember)] = macro }
    }

    func find(_ name: String, _ count: Int, isMember: Bool) -> Macro? {
        macros[MacroTable.key(name, count, isMember)] ?? macros[MacroTable.key(name, nil, isMember)]
    }

    private static func key(_ name: String, _ count: Int?, _ isMember: Bool) -> String {
        "\(name):\(count.map(String.init) ?? "*"):\(isMember)"
    }
}

/// Makes the nodes of what a macro expands to; all of them stand where the call stood.
struct MacroExpansion {
    let offset: Int

    static let accumulator = "@result"

    func literal(_ value: CELValue) -> Expression { Expression(.literal(value), at: offset) }
    func identifier(_ name: String) -> Expression { Expression(.identifier(name), at: offset) }
    var result: Expression { identifier(MacroExpansion.accumulator) }
    func list(_ items: [Expression]) -> Expression { Expression(.list(items, optionals: []), at: offset) }

    func call(_ function: String, _ arguments: Expression...) -> Expression {
        Expression(.call(target: nil, function: function, arguments: arguments), at: offset)
    }

    func memberCall(_ function: String, _ target: Expression, _ arguments: Expression...) -> Expression {
        Expression(.call(target: target, function: function, arguments: arguments), at: offset)
    }

    func loop(
        over range: Expression, _ variable: String, _ second: String? = nil,
        accumulator: String = MacroExpansion.accumulator, from initial: Expression, while condition: Expression,
        step: Expression, result: Expression
    ) -> Expression {
        Expression(
            .comprehension(
                Expression.Comprehension(
                    range: range, variable: variable, secondVariable: second, accumulator: accumulator,
                    initial: initial, condition: condition, step: step, result: result)), at: offset)
    }

    /// The name of a loop's variable.
    func variable(_ argument: Expression, orElse message: String) throws(MacroError) -> String {
        guard let name = argument.identifierName else { throw MacroError(offset: argument.offset, message: message) }
        if name == MacroExpansion.accumulator || name == "__result__" {
            throw MacroError(
                offset: argument.offset, message: "iteration variable overwrites accumulator variable")
        }
        return name
    }
}

/// The quantifiers, which differ only in how they add up.
enum Quantifier {
    case all, exists, existsOne

    func expand(
        _ expansion: MacroExpansion, _ range: Expression, _ variable: String, _ second: String?, _ test: Expression
    ) -> Expression {
        switch self {
        case .all:
            expansion.loop(
                over: range, variable, second, from: expansion.literal(.bool(true)),
                while: expansion.call("@not_strictly_false", expansion.result),
                step: expansion.call("_&&_", expansion.result, test), result: expansion.result)
        case .exists:
            expansion.loop(
                over: range, variable, second, from: expansion.literal(.bool(false)),
                while: expansion.call("@not_strictly_false", expansion.call("!_", expansion.result)),
                step: expansion.call("_||_", expansion.result, test), result: expansion.result)
        case .existsOne:
            expansion.loop(
                over: range, variable, second, from: expansion.literal(.int(0)),
                while: expansion.literal(.bool(true)),
                step: expansion.call(
                    "_?_:_", test, expansion.call("_+_", expansion.result, expansion.literal(.int(1))),
                    expansion.result),
                result: expansion.call("_==_", expansion.result, expansion.literal(.int(1))))
        }
    }
}
