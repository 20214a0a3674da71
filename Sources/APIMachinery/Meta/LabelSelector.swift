/// Anything in which a selector looks up labels by name.
package protocol LabelLookup {
    /// The value of the label, `nil` when there is none.
    func label(_ name: String) -> String?
}

extension [String: String]: LabelLookup {
    package func label(_ name: String) -> String? { self[name] }
}

extension Fields: LabelLookup {
    package func label(_ name: String) -> String? { self[name]?.stringValue }
}

/// Why a text is no selector, in upstream's words.
package struct SelectorError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}

/// One condition on one label.
package struct LabelRequirement: Sendable, Hashable {
    package enum Operator: String, Sendable, CaseIterable {
        case isIn = "in"
        case notIn = "notin"
        case equals = "="
        case doubleEquals = "=="
        case notEquals = "!="
        case greaterThan = "gt"
        case lessThan = "lt"
        case exists = "exists"
        case doesNotExist = "!"
    }

    package let key: String
    package let operation: Operator
    package let values: [String]

    /// Checks key, operator and values as upstream's NewRequirement does.
    package init(key: String, operation: Operator, values: [String]) throws(SelectorError) {
        var faults: [FieldError] = []
        let keyFaults = Names.labelKey(key)
        if !keyFaults.isEmpty { faults.append(.invalid("key", key, keyFaults.joined(separator: "; "))) }
        faults += LabelRequirement.faults(operation, values)
        for (index, value) in values.enumerated() {
            let valueFaults = Names.labelValue(value)
            guard !valueFaults.isEmpty else { continue }
            faults.append(.invalid("values[\(index)][\(key)]", value, valueFaults.joined(separator: "; ")))
        }
        if faults.count == 1 { throw SelectorError(faults[0].description) }
        if !faults.isEmpty {
            throw SelectorError("[" + faults.map(\.description).joined(separator: ", ") + "]")
        }
        self.init(valid: key, operation, values)
    }

    /// Takes what is known to be valid.
    fileprivate init(valid key: String, _ operation: Operator, _ values: [String]) {
        self.key = key
        self.operation = operation
        self.values = values
    }

    private static func faults(_ operation: Operator, _ values: [String]) -> [FieldError] {
        func invalid(_ detail: String) -> FieldError {
            let list = values.map { "\"\($0)\"" }.joined(separator: ",")
            return FieldError(.invalid, "values", "Invalid value: [\(list)]: \(detail)")
        }
        switch operation {
        case .isIn, .notIn:
            return values.isEmpty ? [invalid("for 'in', 'notin' operators, values set can't be empty")] : []
        case .equals, .doubleEquals, .notEquals:
            return values.count == 1 ? [] : [invalid("exact-match compatibility requires one single value")]
        case .exists, .doesNotExist:
            return values.isEmpty ? [] : [invalid("values set must be empty for exists and does not exist")]
        case .greaterThan, .lessThan:
            var faults: [FieldError] = []
            if values.count != 1 {
                faults.append(invalid("for 'Gt', 'Lt' operators, exactly one value is required"))
            }
            for (index, value) in values.enumerated() where Int64(value) == nil {
                faults.append(
                    .invalid("values[\(index)]", value, "for 'Gt', 'Lt' operators, the value must be an integer"))
            }
            return faults
        }
    }

    /// Whether a label with this value, or the absence of the label, meets the condition.
    package func matches(_ value: String?) -> Bool {
        switch operation {
        case .isIn, .equals, .doubleEquals: value.map(values.contains) ?? false
        case .notIn, .notEquals: value.map { !values.contains($0) } ?? true
        case .exists: value != nil
        case .doesNotExist: value == nil
        case .greaterThan: compare(value, >)
        case .lessThan: compare(value, <)
        }
    }

    private func compare(_ value: String?, _ isOrdered: (Int64, Int64) -> Bool) -> Bool {
        guard let value, let number = Int64(value), let bound = values.first.flatMap({ Int64($0) }) else {
            return false
        }
        return isOrdered(number, bound)
    }

    package var text: String {
        let list = values.count > 1 ? values.sorted().joined(separator: ",") : values.first ?? ""
        return switch operation {
        case .equals, .doubleEquals, .notEquals: key + operation.rawValue + list
        case .isIn, .notIn: "\(key) \(operation.rawValue) (\(list))"
        case .greaterThan: "\(key)>\(list)"
        case .lessThan: "\(key)<\(list)"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }
}

/// Conditions on labels, all of which must hold.
package struct Selector: Sendable, Hashable, CustomStringConvertible {
    /// Sorted by key.
    package let requirements: [LabelRequirement]
    /// Matches nothing at all.
    package let isNothing: Bool

    package static let everything = Selector(requirements: [], isNothing: false)
    package static let nothing = Selector(requirements: [], isNothing: true)

    private init(requirements: [LabelRequirement], isNothing: Bool) {
        self.requirements = requirements
        self.isNothing = isNothing
    }

    package init(_ requirements: [LabelRequirement]) {
        self.init(requirements: requirements.sorted { $0.key < $1.key }, isNothing: false)
    }

    /// Reads the form that requests carry: `app=web,tier in (a,b),!canary`.
    package init(parsing text: String) throws(SelectorError) {
        var parser = LabelSelectorParser(text)
        self.init(try parser.parse())
    }

    /// Labels that must be equal; trusts that they are valid.
    package init(equalTo labels: [String: String]) {
        self.init(labels.map { LabelRequirement(valid: $0.key, .equals, [$0.value]) })
    }

    /// The API's LabelSelector. Empty selects everything; where there is none at all, use ``nothing``.
    package init(
        matchLabels: [String: String], matchExpressions: [(key: String, operation: String, values: [String])]
    ) throws(SelectorError) {
        var requirements: [LabelRequirement] = []
        for (key, value) in matchLabels.sorted(by: { $0.key < $1.key }) {
            requirements.append(try LabelRequirement(key: key, operation: .equals, values: [value]))
        }
        for expression in matchExpressions {
            let operation: LabelRequirement.Operator
            switch expression.operation {
            case "In": operation = .isIn
            case "NotIn": operation = .notIn
            case "Exists": operation = .exists
            case "DoesNotExist": operation = .doesNotExist
            default: throw SelectorError("\"\(expression.operation)\" is not a valid label selector operator")
            }
            requirements.append(
                try LabelRequirement(key: expression.key, operation: operation, values: expression.values))
        }
        self.init(requirements)
    }

    package var isEverything: Bool { requirements.isEmpty && !isNothing }

    package func matches(_ labels: some LabelLookup) -> Bool {
        !isNothing && requirements.allSatisfy { $0.matches(labels.label($0.key)) }
    }

    /// For labels kept in a form of their own.
    package func matches(lookup: (String) -> String?) -> Bool {
        !isNothing && requirements.allSatisfy { $0.matches(lookup($0.key)) }
    }

    /// The one value that the label must have, if there is one.
    package func exactValue(of key: String) -> String? {
        guard let requirement = requirements.first(where: { $0.key == key }), requirement.values.count == 1 else {
            return nil
        }
        switch requirement.operation {
        case .equals, .doubleEquals, .isIn: return requirement.values[0]
        case .notEquals, .notIn, .exists, .doesNotExist, .greaterThan, .lessThan: return nil
        }
    }

    package var text: String { requirements.map(\.text).joined(separator: ",") }
    package var description: String { text }
}
