package import APIMachinery
internal import CEL

/// The compiled rules of a schema, where they apply.
///
/// Rules see the value at their place as `self`, and what it was before as `oldSelf` where both can be matched: through
/// fields, and through lists whose items have keys. What an update leaves as it was breaks no rule, but for rules that
/// look at `oldSelf`: a schema may become stricter without barring objects that exist.
package final class RuleTree: Sendable {
    private let schema: CustomSchema
    private let type: CELSchema
    private let rules: [CompiledRule]
    private let properties: [String: RuleTree]
    private let values: RuleTree?
    private let items: RuleTree?
    private let allOf: [RuleTree]

    /// What all rules of one object may cost together.
    package static let costBudget: UInt64 = 10_000_000

    /// `nil` when a schema has no rules.
    package convenience init?(_ schema: CustomSchema, isResource: Bool = true) {
        guard Self.hasRules(schema.source),
            let type = schema.celSchema(isResource: isResource, name: "selfType")
        else { return nil }
        self.init(schema, rulesFrom: schema.source, type)
    }

    /// The rules may stand in another schema than the one that gives the types: in a part of `allOf`.
    private init?(_ schema: CustomSchema, rulesFrom source: Value, _ type: CELSchema) {
        self.schema = schema
        self.type = type
        rules = CustomRule.all(of: source).map { rule in
            let path = rule.fieldPath.isEmpty ? nil : RuleFieldPath.normalized(rule.fieldPath, in: schema)
            return CompiledRule(rule, type, fieldPath: path)
        }
        var properties: [String: RuleTree] = [:]
        for part in source["properties"]?.objectValue ?? Fields() where Self.hasRules(part.value) {
            guard let property = schema.property(part.name) else { continue }
            let field = CELFieldName.escape(part.name).flatMap { type.fields[$0]?.schema }
            guard let field = field ?? property.celSchema(isResource: false, name: "selfType") else { continue }
            properties[part.name] = RuleTree(property, rulesFrom: part.value, field)
        }
        self.properties = properties
        if case .schema(let additional) = schema.additional, let part = source["additionalProperties"],
            let value = type.items
        {
            values = RuleTree(additional, rulesFrom: part, value)
        } else {
            values = nil
        }
        if let inner = schema.items, let part = source["items"], let item = type.items {
            items = RuleTree(inner, rulesFrom: part, item)
        } else {
            items = nil
        }
        allOf = (source["allOf"]?.arrayValue ?? []).compactMap { RuleTree(schema, rulesFrom: $0, type) }
        if rules.isEmpty, properties.isEmpty, values == nil, items == nil, allOf.isEmpty { return nil }
    }

    private static func hasRules(_ source: Value) -> Bool {
        if !(source["x-kubernetes-validations"]?.arrayValue ?? []).isEmpty { return true }
        let parts =
            (source["properties"]?.objectValue?.elements.map(\.value) ?? []) + (source["allOf"]?.arrayValue ?? [])
        return parts.contains(where: hasRules) || source["items"].map(hasRules) ?? false
            || source["additionalProperties"].map(hasRules) ?? false
    }

    /// What an object breaks. `others` is what is wrong with it besides: if that is its form, rules are not run.
    package func validate(
        _ object: Value, old: Value? = nil, at path: String = "", others: [FieldError]
    ) -> [FieldError] {
        let blocking: Set<FieldError.Kind> = [.notSupported, .required, .tooLong, .tooMany, .typeInvalid]
        if others.contains(where: { blocking.contains($0.type) }) {
            let message =
                "some validation rules were not checked because the object was invalid; "
                + "correct the existing errors to complete validation"
            return [FieldError(.invalid, "<nil>", "Invalid value: null: \(message)")]
        }
        var run = RuleRun()
        visit(Place(path: path, value: object, old: old, pair: old.map { (object, $0) }), &run)
        return run.errors
    }

    // MARK: Walking

    /// A value in the object.
    struct Place {
        let path: String
        let value: Value
        /// What it was before, where the two can be matched.
        let old: Value?
        /// The value now and before, for the question whether it changed; nil where they cannot be matched.
        var pair: (Value, Value)?
        /// The same of the nearest place above that could be matched.
        var parentPair: (Value, Value)?

        var isUnchanged: Bool { (pair ?? parentPair).map { $0 == $1 } ?? false }

        func child(_ path: String, _ value: Value, old: Value?) -> Place {
            var child = Place(path: path, value: value, old: old)
            child.pair = old.map { (value, $0) }
            child.parentPair = pair ?? parentPair
            return child
        }
    }

    private func visit(_ place: Place, _ run: inout RuleRun) {
        guard !run.isOver, !place.value.isNull || schema.isNullable else { return }
        for rule in rules where !run.isOver { run.check(rule, place, type, schema) }
        for part in allOf { part.visit(place, &run) }
        switch place.value {
        case .object(let fields):
            for field in fields {
                if let property = properties[field.name] {
                    let path = place.path.isEmpty ? field.name : "\(place.path).\(field.name)"
                    property.visit(place.child(path, field.value, old: place.old?[field.name]), &run)
                } else if let values {
                    values.visit(
                        place.child("\(place.path)[\(field.name)]", field.value, old: place.old?[field.name]), &run)
                }
            }
        case .array(let list):
            guard let items else { return }
            for (index, item) in list.enumerated() {
                let old = counterpart(of: item, in: place.old)
                items.visit(place.child("\(place.path)[\(index)]", item, old: old), &run)
            }
        case .null, .bool, .integer, .double, .string: break
        }
    }

    /// The item that had the same keys before.
    private func counterpart(of item: Value, in old: Value?) -> Value? {
        guard schema.listType == .map, let list = old?.arrayValue else { return nil }
        return list.first { other in schema.listMapKeys.allSatisfy { other[$0] == item[$0] } }
    }
}
