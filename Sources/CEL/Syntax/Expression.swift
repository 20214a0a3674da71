/// A node of the syntax tree. The checker writes types and resolved names into it, so it lives for one compilation.
final class Expression {
    struct Entry {
        let key: Expression
        let value: Expression
        let isOptional: Bool
    }

    struct FieldInitializer {
        let name: String
        let value: Expression
        let isOptional: Bool
        let offset: Int
    }

    /// A loop: `accumulator` starts as `initial` and becomes `step` for each item while `condition` holds.
    struct Comprehension {
        var range: Expression
        /// The item; with a second variable the index or key.
        var variable: String
        var secondVariable: String?
        var accumulator: String
        var initial: Expression
        var condition: Expression
        var step: Expression
        var result: Expression
    }

    enum Kind {
        /// What could not be read.
        case missing
        case literal(CELValue)
        case identifier(String)
        case select(Expression, field: String, isTest: Bool)
        case call(target: Expression?, function: String, arguments: [Expression])
        case list([Expression], optionals: Set<Int>)
        case map([Entry])
        case structure(String, [FieldInitializer])
        case comprehension(Comprehension)
    }

    var kind: Kind
    /// Where in the source, in code points: the operator of an operation, the parenthesis of a call.
    let offset: Int?
    /// How many operations are within each other here, as the parser counts them.
    var depth = 0

    // What the checker found.
    var type: CELType?
    /// Of a call: the overloads that fit.
    var overloads: [CELOverload] = []
    /// An identifier of a loop.
    var isLocal = false
    /// An identifier that was bound to a constant (a type, an enumeration's value).
    var constant: CELValue?

    init(_ kind: Kind, at offset: Int?) {
        self.kind = kind
        self.offset = offset
    }

    /// A tree of its own with the same content.
    func copy() -> Expression {
        switch kind {
        case .missing, .literal, .identifier: Expression(kind, at: offset)
        case .select(let operand, let field, let isTest):
            Expression(.select(operand.copy(), field: field, isTest: isTest), at: offset)
        case .call(let target, let function, let arguments):
            Expression(
                .call(target: target?.copy(), function: function, arguments: arguments.map { $0.copy() }), at: offset)
        case .list(let items, let optionals):
            Expression(.list(items.map { $0.copy() }, optionals: optionals), at: offset)
        case .map(let entries):
            Expression(
                .map(entries.map { Entry(key: $0.key.copy(), value: $0.value.copy(), isOptional: $0.isOptional) }),
                at: offset)
        case .structure(let name, let fields):
            Expression(
                .structure(
                    name,
                    fields.map {
                        FieldInitializer(
                            name: $0.name, value: $0.value.copy(), isOptional: $0.isOptional, offset: $0.offset)
                    }), at: offset)
        case .comprehension(var loop):
            copyParts(&loop)
        }
    }

    private func copyParts(_ loop: inout Comprehension) -> Expression {
        loop.range = loop.range.copy()
        loop.initial = loop.initial.copy()
        loop.condition = loop.condition.copy()
        loop.step = loop.step.copy()
        loop.result = loop.result.copy()
        return Expression(.comprehension(loop), at: offset)
    }
}

extension Expression {
    var identifierName: String? { if case .identifier(let name) = kind { name } else { nil } }
    var literalValue: CELValue? { if case .literal(let value) = kind { value } else { nil } }

    /// `a.b.c` as its names; nil for anything else.
    var qualifiedName: [String]? {
        switch kind {
        case .identifier(let name): [name]
        case .select(let operand, let field, isTest: false): operand.qualifiedName.map { $0 + [field] }
        default: nil
        }
    }
}
