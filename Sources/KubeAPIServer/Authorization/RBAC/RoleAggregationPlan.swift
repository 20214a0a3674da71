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

    /// The same roles with all rules collected, also through roles that collect from each other.
    package static func settled(_ roles: [RBACRole]) -> [RBACRole] {
        var roles = roles
        // Every pass carries rules one step further, and no chain is longer than the number of roles.
        for _ in roles.indices {
            let before = roles
            for index in roles.indices {
                roles[index].rules = rules(for: roles[index], among: before) ?? roles[index].rules
            }
            if roles == before { break }
        }
        return roles
    }
}
