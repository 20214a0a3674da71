package import APITypes
internal import APIMachinery
internal import ControllerRuntime

/// The rules that an aggregated role ought to have.
package enum RoleAggregationPlan {
    /// All rules of the roles selected, in order of the roles' names, each once.
    package static func rules(of role: ClusterRole, among roles: [ClusterRole]) -> [PolicyRule] {
        var rules: [PolicyRule] = []
        for selector in role.aggregationRule?.clusterRoleSelectors ?? [] {
            // A selector that cannot be read selects nothing.
            guard let selector = try? Selector(selector) else { continue }
            let selected = roles.filter {
                $0.metadata.name != role.metadata.name && selector.matches($0.metadata.labels)
            }
            for part in selected.sorted(by: { $0.metadata.name < $1.metadata.name }) {
                for rule in part.rules where !rules.contains(rule) { rules.append(rule) }
            }
        }
        return rules
    }
}
