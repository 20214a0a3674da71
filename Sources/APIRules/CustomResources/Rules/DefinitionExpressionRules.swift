internal import APIMachinery
internal import CEL

/// Whether the rules in a definition's schema can be compiled, and what they could cost.
struct DefinitionExpressionRules {
    /// What one rule may cost for one object, and all of them together.
    static let ruleCostMax: UInt64 = 10_000_000
    static let totalCostMax: UInt64 = 100_000_000

    private var errors: [FieldError] = []
    private var total: UInt64 = 0
    private var expensive: [(path: String, cost: UInt64)] = []

    private let allowsAnyCost: Bool

    private init(allowsAnyCost: Bool) { self.allowsAnyCost = allowsAnyCost }

    /// - allowsAnyCost: no rule is too costly by itself; all together may still be.
    static func validate(_ schema: CustomSchema, allowsAnyCost: Bool, at path: String) -> [FieldError] {
        guard let type = schema.celSchema(isResource: true, name: "selfType") else { return [] }
        var rules = DefinitionExpressionRules(allowsAnyCost: allowsAnyCost)
        rules.visit(schema, type, path, cardinality: 1, uncorrelatable: nil)
        rules.checkTotal(path)
        return rules.errors
    }

    /// `cardinality` is how many values there can be at this place, nil for no limit; `uncorrelatable` the list above
    /// whose items cannot be matched with those before.
    private mutating func visit(
        _ schema: CustomSchema, _ type: CELSchema, _ path: String, cardinality: UInt64?, uncorrelatable: String?
    ) {
        let inner = Self.product(cardinality, Self.growth(schema))
        if case .schema(let values) = schema.additional, let value = type.items {
            visit(values, value, "\(path).additionalProperties", cardinality: inner, uncorrelatable: uncorrelatable)
        }
        for property in schema.properties {
            let field = CELFieldName.escape(property.name).flatMap { type.fields[$0]?.schema }
            guard let field = field ?? property.schema.celSchema(isResource: false, name: "selfType") else { continue }
            visit(
                property.schema, field, "\(path).properties[\(property.name)]", cardinality: inner,
                uncorrelatable: uncorrelatable)
        }
        if let items = schema.items, let item = type.items {
            let list = schema.listType == .map ? uncorrelatable : uncorrelatable ?? path
            visit(items, item, "\(path).items", cardinality: inner, uncorrelatable: list)
        }
        for (index, rule) in CustomRule.all(of: schema.source).enumerated() {
            let place = "\(path).x-kubernetes-validations[\(index)]"
            check(CompiledRule(rule, type, fieldPath: nil), type, place, cardinality, uncorrelatable)
        }
    }

    /// How many values there can be below for one value here.
    private static func growth(_ schema: CustomSchema) -> UInt64? {
        func limit(_ name: String) -> UInt64? { (schema.source[name]?.integerValue).map { UInt64(max($0, 0)) } }
        switch schema.type {
        case "object":
            if case .unspecified = schema.additional { return 1 }
            return limit("maxProperties")
        case "array": return limit("maxItems")
        default: return 1
        }
    }

    private static func product(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        guard let one, let other else { return nil }
        return one.multipliedOrMax(other)
    }

    private mutating func check(
        _ compiled: CompiledRule, _ type: CELSchema, _ path: String, _ cardinality: UInt64?, _ uncorrelatable: String?
    ) {
        let rule = compiled.rule
        // Without a limit: as many as fit in a request.
        let count = cardinality ?? UInt64(3 * 1024 * 1024 / (type.minSize + 1))
        let cost = (compiled.program?.cost.max ?? 0).multipliedOrMax(count)
        observe("\(path).rule", cost, "estimated rule cost")
        if let problem = compiled.problem { errors.append(Self.invalid("\(path).rule", rule, problem)) }
        if let problem = compiled.messageProblem {
            errors.append(Self.invalid("\(path).messageExpression", rule, problem))
        } else if let message = compiled.messageProgram {
            observe("\(path).messageExpression", message.cost.max, "estimated messageExpression cost")
        }
        if compiled.usesOldSelf {
            guard let uncorrelatable else { return }
            errors.append(
                .invalid(
                    "\(path).rule", rule.rule,
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within \(uncorrelatable)"))
        } else if let isOptional = rule.optionalOldSelf {
            errors.append(
                .invalid("\(path).optionalOldSelf", isOptional, "may not be set if oldSelf is not used in rule"))
        }
    }

    private static func invalid(_ path: String, _ rule: CustomRule, _ detail: String) -> FieldError {
        FieldError(.invalid, path, "Invalid value: \(rule.shown): \(detail)")
    }

    // MARK: Costs

    private mutating func observe(_ path: String, _ cost: UInt64, _ name: String) {
        if !allowsAnyCost, cost > Self.ruleCostMax {
            errors.append(.forbidden(path, Self.excess(name, cost, Self.ruleCostMax)))
        }
        total = total.addingOrMax(cost)
        // What does not matter is not named.
        guard cost >= Self.totalCostMax / 100 else { return }
        expensive.append((path, cost))
        expensive.sort { $0.cost > $1.cost }
        if expensive.count > 4 { expensive.removeLast() }
    }

    private mutating func checkTotal(_ path: String) {
        guard total > Self.totalCostMax else { return }
        for rule in expensive {
            let what = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
            errors.append(.forbidden(rule.path, what))
        }
        let name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        errors.append(.forbidden(path, Self.excess(name, total, Self.totalCostMax)))
    }

    private static func excess(_ name: String, _ cost: UInt64, _ limit: UInt64) -> String {
        let factor = Double(cost) / Double(limit)
        let text = factor > 100 ? "more than 100x" : CELNumberText.fixed(factor, digits: factor < 1.5 ? 6 : 1) + "x"
        return "\(name) exceeds budget by factor of \(text) (try simplifying the rule, or adding maxItems, "
            + "maxProperties, and maxLength where arrays, maps, and strings are declared)"
    }
}
