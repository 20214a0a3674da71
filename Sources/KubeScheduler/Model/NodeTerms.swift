internal import APIMachinery
internal import APITypes

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
    struct Term: Sendable {
        let expressions: [Requirement]
        let fields: [Requirement]

        init(_ term: NodeSelectorTerm) {
            expressions = term.matchExpressions.map {
                Requirement(key: $0.key, operation: $0.operator, values: $0.values)
            }
            fields = term.matchFields.map { Requirement(key: $0.key, operation: $0.operator, values: $0.values) }
        }

        func matches(_ node: NodeShape) -> Bool {
            if expressions.isEmpty, fields.isEmpty { return false }
            return expressions.allSatisfy { $0.matches(node.labels[$0.key]) }
                && fields.allSatisfy { $0.matches($0.key == "metadata.name" ? node.name : nil) }
        }

        /// The only nodes that the term can match, if it names them.
        var names: [String]? {
            let named = fields.filter { $0.key == "metadata.name" && $0.operation == "In" }
            guard let first = named.first else { return nil }
            return named.dropFirst().reduce(first.values) { left, right in left.filter(right.values.contains) }
        }
    }

    let terms: [Term]

    init(_ selector: NodeSelector) { terms = selector.nodeSelectorTerms.map(Term.init) }

    func matches(_ node: NodeShape) -> Bool { terms.contains { $0.matches(node) } }

    /// The only nodes that can match, if every term names its own.
    var names: Set<String>? {
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
    let labels: [String: String]
    let affinity: NodeTerms?

    init(_ spec: PodSpec) {
        labels = spec.nodeSelector
        affinity = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution.map(NodeTerms.init)
    }

    var isNone: Bool { labels.isEmpty && affinity == nil }

    func matches(_ node: NodeShape) -> Bool {
        for (key, value) in labels where node.labels[key] != value { return false }
        return affinity?.matches(node) ?? true
    }
}
