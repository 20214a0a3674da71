internal import APIMachinery

/// Which requests a policy, or a binding of one, is about. Pure.
struct PolicyMatch: Sendable {
    private struct NamedRule {
        let rule: AdmissionRule
        /// Empty for any.
        let names: [String]

        init(_ rule: Value) {
            self.rule = AdmissionRule(rule)
            names = (rule["resourceNames"]?.arrayValue ?? []).compactMap(\.stringValue)
        }
    }

    private let rules: [NamedRule]
    private let exclusions: [NamedRule]
    private let isExact: Bool
    private let namespaceSelector: Selector
    private let objectSelector: Selector

    init(_ constraints: Value) {
        rules = (constraints["resourceRules"]?.arrayValue ?? []).map(NamedRule.init)
        exclusions = (constraints["excludeResourceRules"]?.arrayValue ?? []).map(NamedRule.init)
        isExact = constraints["matchPolicy"] == "Exact"
        // Validation lets no faulty selector in; one that got in all the same selects nothing.
        namespaceSelector = (try? Selector(constraints["namespaceSelector"] ?? .emptyObject)) ?? .nothing
        objectSelector = (try? Selector(constraints["objectSelector"] ?? .emptyObject)) ?? .nothing
    }

    /// The resource as which the request is seen; nil when it is none of the policy's business.
    /// - namespace: labels of the request's namespace; nil for what lies in none.
    func resource(
        _ request: AdmissionRequest, namespace: [String: String]?, equivalents: [GroupVersionResource]
    ) -> GroupVersionResource? {
        if let namespace, !namespaceSelector.matches(lookup: { namespace[$0] }) { return nil }
        guard selectsObject(of: request) else { return nil }
        if find(exclusions, request, equivalents) != nil { return nil }
        return rules.isEmpty ? request.resource : find(rules, request, equivalents)
    }

    private func selectsObject(of request: AdmissionRequest) -> Bool {
        if objectSelector.requirements.isEmpty, !objectSelector.isNothing { return true }
        return [request.object, request.oldObject].contains { object in
            guard let labels = object?[path: "metadata", "labels"] else { return false }
            return objectSelector.matches(lookup: { labels[$0]?.stringValue })
        }
    }

    private func find(
        _ rules: [NamedRule], _ request: AdmissionRequest, _ equivalents: [GroupVersionResource]
    ) -> GroupVersionResource? {
        (isExact ? [request.resource] : [request.resource] + equivalents).first { candidate in
            rules.contains {
                ($0.names.isEmpty || $0.names.contains(request.name))
                    && $0.rule.covers(
                        candidate, subresource: request.subresource, operation: request.operation,
                        isNamespaced: !request.namespace.isEmpty && !request.concernsNamespaces)
            }
        }
    }
}
