internal import APIMachinery
package import APITypes

/// A node selector with all its operators: terms of which one must hold, each of requirements that all must.
package struct NodeTerms: Sendable {
    /// One condition on a label or on `metadata.name`.
    struct Requirement: Sendable {
        let key: String
        let operation: String
        let values: [String]

        func matches(_ value: String?) -> Bool {
            switch operation {
            case "In": value.map(values.contains) ?? false
            case "NotIn": value.map { !values.contains($0) } ?? true
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            case "Gt": compare(value, >)
            case "Lt": compare(value, <)
            case _: false
            }
        }

        private func compare(_ value: String?, _ isOrdered: (Int64, Int64) -> Bool) -> Bool {
            guard let value, let number = Int64(value), let bound = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return isOrdered(number, bound)
        }
    }

    /// One term; an empty one matches nothing.
    package struct Term: Sendable {
        let expressions: [Requirement]
        let fields: [Requirement]

        package init(_ term: NodeSelectorTerm) {
            expressions = term.matchExpressions.map {
                Requirement(key: $0.key, operation: $0.operator, values: $0.values)
            }
            fields = term.matchFields.map { Requirement(key: $0.key, operation: $0.operator, values: $0.values) }
        }

        package var isEmpty: Bool { expressions.isEmpty && fields.isEmpty }

        package func matches(labels: [String: String], name: String) -> Bool {
            if isEmpty { return false }
            return expressions.allSatisfy { $0.matches(labels[$0.key]) }
                && fields.allSatisfy { $0.matches($0.key == "metadata.name" ? name : nil) }
        }

        /// The only nodes that the term can match, if it names them.
        var names: [String]? {
            let named = fields.filter { $0.key == "metadata.name" && $0.operation == "In" }
            guard let first = named.first else { return nil }
            return named.dropFirst().reduce(first.values) { left, right in left.filter(right.values.contains) }
        }
    }

    let terms: [Term]

    package init(_ selector: NodeSelector) { terms = selector.nodeSelectorTerms.map(Term.init) }

    package func matches(labels: [String: String], name: String) -> Bool {
        terms.contains { $0.matches(labels: labels, name: name) }
    }

    /// The only nodes that can match, if every term names its own.
    package var names: Set<String>? {
        var all: Set<String> = []
        for term in terms {
            guard let names = term.names else { return nil }
            all.formUnion(names)
        }
        return terms.isEmpty ? nil : all
    }
}

/// What a pod demands of its node by labels: `nodeSelector` and the required node affinity.
package struct NodeDemand: Sendable {
    package let labels: [String: String]
    package let affinity: NodeTerms?

    package init(_ spec: PodSpec) {
        labels = spec.nodeSelector
        affinity = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution.map(NodeTerms.init)
    }

    package var isNone: Bool { labels.isEmpty && affinity == nil }

    package func matches(labels: [String: String], name: String) -> Bool {
        for (key, value) in self.labels where labels[key] != value { return false }
        return affinity?.matches(labels: labels, name: name) ?? true
    }
}
