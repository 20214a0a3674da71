internal import APIMachinery
internal import CEL

/// One pass of an object through its rules: what it costs and what it finds.
struct RuleRun {
    private(set) var errors: [FieldError] = []
    private var budget = RuleTree.costBudget
    /// Nothing more is checked.
    private(set) var isOver = false

    private static let messageMax = 5 * 1024

    mutating func check(_ compiled: CompiledRule, _ place: RuleTree.Place, _ type: CELSchema, _ schema: CustomSchema) {
        let rule = compiled.rule
        guard budget > 0 else { return stop(place, schema, Self.outOfBudget) }
        if let problem = compiled.problem {
            report(place, schema, "rule compile error: \(problem)")
            return
        }
        guard let program = compiled.program else { return }
        let isOptional = rule.optionalOldSelf == true
        // A rule about a change needs something that could have changed.
        if compiled.usesOldSelf, place.old == nil, !isOptional { return }
        var activation = CELActivation(["self": CELValue(place.value, schema: type)])
        if compiled.usesOldSelf {
            let old = place.old.map { CELValue($0, schema: type) }
            activation["oldSelf"] = isOptional ? .optional(old.map(CELOptional.some) ?? .none) : old
        }
        var cost: UInt64 = 0
        do throws(CELEvaluationError) {
            let value = try program.evaluate(activation, cost: &cost)
            guard charge(cost) else { return stop(place, schema, Self.outOfBudget) }
            if value.boolValue == true { return }
        } catch {
            guard charge(cost) else { return stop(place, schema, Self.outOfBudget) }
            return fail(error, rule, place, schema)
        }
        if !compiled.usesOldSelf, place.isUnchanged { return }
        guard let detail = message(compiled, activation, place, schema) else { return }
        errors.append(Self.error(rule, Self.path(place, compiled), place.value, schema, detail))
    }

    private static let outOfBudget =
        "validation failed due to running out of cost budget, no further validation rules will be run"

    private mutating func charge(_ cost: UInt64) -> Bool {
        guard cost <= budget else { return false }
        budget -= cost
        return true
    }

    private mutating func report(_ place: RuleTree.Place, _ schema: CustomSchema, _ detail: String) {
        errors.append(.invalid(place.path.isEmpty ? "<nil>" : place.path, schema.type, detail))
    }

    private mutating func stop(_ place: RuleTree.Place, _ schema: CustomSchema, _ detail: String) {
        report(place, schema, detail)
        isOver = true
    }

    private mutating func fail(
        _ error: CELEvaluationError, _ rule: CustomRule, _ place: RuleTree.Place, _ schema: CustomSchema
    ) {
        if error.message.hasPrefix("no such overload") {
            let what = "call arguments did not match a supported operator, function or macro signature for rule"
            report(place, schema, "'\(error.message)': \(what): \(rule.title)")
        } else if error.kind == .costLimit {
            let what = "no further validation rules will be run due to call cost exceeds limit for rule"
            stop(place, schema, "'\(error.message)': \(what): \(rule.title)")
        } else {
            report(place, schema, "\(error.message) evaluating rule: \(rule.title)")
        }
    }

    private static func path(_ place: RuleTree.Place, _ compiled: CompiledRule) -> String {
        guard let field = compiled.fieldPath else { return place.path.isEmpty ? "<nil>" : place.path }
        return place.path.isEmpty ? field : "\(place.path).\(field)"
    }

    /// What is said; nil when the budget ended while asking for it, which has been said then.
    private mutating func message(
        _ compiled: CompiledRule, _ activation: CELActivation, _ place: RuleTree.Place, _ schema: CustomSchema
    ) -> String? {
        guard let program = compiled.messageProgram else { return compiled.rule.defaultMessage }
        var cost: UInt64 = 0
        let expression = compiled.rule.messageExpression
        do throws(CELEvaluationError) {
            let value = try program.evaluate(activation, cost: &cost)
            guard charge(cost) else {
                return endMessage(
                    place, schema,
                    "messageExpression evaluation failed due to "
                        + "running out of cost budget, no further validation rules will be run")
            }
            let text = (value.stringValue ?? "").trimmed
            let isFit = !text.isEmpty && text.utf8.count <= Self.messageMax && !text.utf8.contains(0x0A)
            return isFit ? text : compiled.rule.defaultMessage
        } catch {
            if error.kind == .costLimit {
                return endMessage(
                    place, schema,
                    "no further validation rules will be run due to call cost exceeds "
                        + "limit for messageExpression: \"\(expression)\"")
            }
            _ = charge(cost)
            return compiled.rule.defaultMessage
        }
    }

    private mutating func endMessage(_ place: RuleTree.Place, _ schema: CustomSchema, _ detail: String) -> String? {
        stop(place, schema, detail)
        return nil
    }

    private static func error(
        _ rule: CustomRule, _ path: String, _ value: Value, _ schema: CustomSchema, _ detail: String
    ) -> FieldError {
        // Whole objects and lists are not shown.
        let isShown = schema.type != "object" && schema.type != "array"
        switch rule.reason {
        case "FieldValueForbidden"?: return .forbidden(path, detail)
        case "FieldValueRequired"?: return .required(path, detail)
        case "FieldValueDuplicate"?:
            return isShown ? .duplicate(path, value) : FieldError(.duplicate, path, "Duplicate value")
        default: return isShown ? .invalid(path, value, detail) : FieldError(.invalid, path, "Invalid value: \(detail)")
        }
    }
}
