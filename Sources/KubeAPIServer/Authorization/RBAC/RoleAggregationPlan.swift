/// The rules of a ClusterRole that collects others'.
package enum RoleAggregationPlan {
    /// The union of the rules of all selected roles, by name, without repeats; `nil` when the role aggregates nothing.
    package static func rules(for role: RBACRole, among roles: some Sequence<RBACRole>) -> [RBACRule]? {
        guard let selectors = role.aggregation else { return nil }
        let candidates = roles.filter { $0.key.namespace == nil && $0.key != role.key }
            .sorted { $0.key.name < $1.key.name }
        var seen: Set<RBACRule> = []
        var rules: [RBACRule] = []
        for selector in selectors {
            for candidate in candidates where selector.matches(candidate.labels) {
                for rule in candidate.rules where seen.insert(rule).inserted { rules.append(rule) }
            }
        }
        return rules
    }
}
