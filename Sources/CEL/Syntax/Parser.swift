/// Reads an expression into its tree and expands macros on the way.
///
/// After a mistake it goes on as ANTLR would, so that the errors are those of upstream.
struct Parser {
    /// How long an expression may be, in code points.
    static let codePointMax = 100_000
    /// How deep a rule of the grammar may be within itself, and the tree as a whole.
    static let depthMax = 250

    /// Stops everything.
    struct Abortion: Error {
        let message: String
    }

    /// Rules that may contain themselves.
    enum Rule: Int, CaseIterable {
        case expression, relation, calculation, member
    }

    let source: CELSource
    let tokens: [Token]
    let macros: MacroTable
    let allowsOptionals: Bool
    var index = 0
    var errors: [(offset: Int?, message: String)]
    private var depths = [Int](repeating: 0, count: Rule.allCases.count)

    private init(_ source: CELSource, macros: MacroTable, allowsOptionals: Bool) {
        self.source = source
        self.macros = macros
        self.allowsOptionals = allowsOptionals
        let lexer = Lexer(source)
        tokens = lexer.tokens
        errors = lexer.errors
    }

    static func parse(
        _ source: CELSource, macros: MacroTable, allowsOptionals: Bool
    ) throws(CELCompileErrors) -> Expression {
        let size = source.scalars.count
        guard size <= codePointMax else {
            let message = "expression code point size exceeds limit: size: \(size), limit \(codePointMax)"
            throw CELCompileErrors([(nil, message)], in: source)
        }
        var parser = Parser(source, macros: macros, allowsOptionals: allowsOptionals)
        let expression = parser.whole()
        guard let expression, parser.errors.isEmpty else { throw CELCompileErrors(parser.errors, in: source) }
        return expression
    }

    private mutating func whole() -> Expression? {
        do throws(Abortion) {
            let expression = try self.expression()
            if current.kind != .end { reportTrailing() }
            return expression
        } catch {
            errors.append((nil, error.message))
            return nil
        }
    }

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    mutating func enter(_ rule: Rule) throws(Abortion) {
        depths[rule.rawValue] += 1
        guard depths[rule.rawValue] <= Parser.depthMax else {
            throw Abortion(message: "expression recursion limit exceeded: \(Parser.depthMax)")
        }
    }

    mutating func leave(_ rule: Rule, _ count: Int = 1) { depths[rule.rawValue] -= count }

    // MARK: Operators

    mutating func expression() throws(Abortion) -> Expression {
        try enter(.expression)
        let condition = try disjunction()
        guard current.kind == .question else {
            leave(.expression)
            return condition
        }
        let offset = current.range.lowerBound
        advance()
        let truthy = try disjunction()
        guard expect(.colon) else {
            leave(.expression)
            return Expression(.missing, at: offset)
        }
        let falsy = try expression()
        leave(.expression)
        return try call("_?_:_", [condition, truthy, falsy], at: offset)
    }

    private mutating func disjunction() throws(Abortion) -> Expression {
        var terms = [try conjunction()]
        var offsets: [Int] = []
        while current.kind == .or {
            offsets.append(current.range.lowerBound)
            advance()
            terms.append(try conjunction())
        }
        return Parser.balanced("_||_", terms[...], offsets[...])
    }

    private mutating func conjunction() throws(Abortion) -> Expression {
        var terms = [try relation()]
        var offsets: [Int] = []
        while current.kind == .and {
            offsets.append(current.range.lowerBound)
            advance()
            terms.append(try relation())
        }
        return Parser.balanced("_&&_", terms[...], offsets[...])
    }

    /// A tree that is as shallow as can be, so that long conditions need no deep stack.
    private static func balanced(
        _ function: String, _ terms: ArraySlice<Expression>, _ offsets: ArraySlice<Int>
    ) -> Expression {
        if offsets.isEmpty { return terms[terms.startIndex] }
        let middle = offsets.startIndex + (offsets.count) / 2
        let termMiddle = terms.startIndex + (offsets.count) / 2
        let left = balanced(function, terms[...termMiddle], offsets[..<middle])
        let right = balanced(function, terms[(termMiddle + 1)...], offsets[(middle + 1)...])
        return Expression(.call(target: nil, function: function, arguments: [left, right]), at: offsets[middle])
    }

    private mutating func relation() throws(Abortion) -> Expression {
        try enter(.relation)
        var count = 1
        var left = try calculation(isProduct: false)
        while current.kind.isRelation, let name = current.operatorName {
            let offset = current.range.lowerBound
            advance()
            try enter(.relation)
            count += 1
            left = try call(name, [left, try calculation(isProduct: false)], at: offset)
        }
        leave(.relation, count)
        return left
    }

    /// Sums of products.
    private mutating func calculation(isProduct: Bool) throws(Abortion) -> Expression {
        try enter(.calculation)
        var count = 1
        var left = isProduct ? try unary() : try calculation(isProduct: true)
        while isProduct ? current.kind.isProduct : current.kind.isSum, let name = current.operatorName {
            let offset = current.range.lowerBound
            advance()
            try enter(.calculation)
            count += 1
            left = try call(name, [left, isProduct ? try unary() : try calculation(isProduct: true)], at: offset)
        }
        leave(.calculation, count)
        return left
    }

    private mutating func unary() throws(Abortion) -> Expression {
        let sign = current
        guard sign.kind == .not || sign.kind == .minus else { return try member() }
        // A minus before a number belongs to it.
        if sign.kind == .minus, next.kind == .int || next.kind == .double { return try member() }
        var count = 0
        while current.kind == sign.kind {
            advance()
            count += 1
        }
        let operand = try member()
        guard count % 2 == 1 else { return operand }
        return try call(sign.kind == .not ? "!_" : "-_", [operand], at: sign.range.lowerBound)
    }

    /// A node for a function's call, or what a macro of that name makes of it.
    mutating func call(
        _ function: String, target: Expression? = nil, _ arguments: [Expression], at offset: Int
    ) throws(Abortion) -> Expression {
        let depth = 1 + max(target?.depth ?? 0, arguments.lazy.map(\.depth).max() ?? 0)
        guard depth <= Parser.depthMax else { throw Abortion(message: "max recursion depth exceeded") }
        if let macro = macros.find(function, arguments.count, isMember: target != nil) {
            var expansion = MacroExpansion(offset: offset)
            do throws(MacroError) {
                if let expanded = try macro.expand(&expansion, target, arguments) {
                    expanded.depth = depth
                    return expanded
                }
            } catch {
                errors.append((error.offset ?? offset, error.message))
                return Expression(.missing, at: offset)
            }
        }
        let node = Expression(.call(target: target, function: function, arguments: arguments), at: offset)
        node.depth = depth
        return node
    }
}

extension Token.Kind {
    fileprivate var isProduct: Bool { self == .times || self == .divide || self == .modulo }
    fileprivate var isSum: Bool { self == .plus || self == .minus }
}
