internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Roles and bindings, whose names may hold colons.
enum AuthorizationResources {
    static let all: [String: ResourceCustomization] = [
        "roles": role, "clusterroles": role, "rolebindings": binding, "clusterrolebindings": binding,
    ]

    private static let role = ResourceCustomization(
        strategy: RuleStrategy(createsOnUpdate: true, nameRule: { Names.pathSegment($0) }))
    private static let binding = ResourceCustomization(
        strategy: RuleStrategy(
            createsOnUpdate: true, nameRule: { Names.pathSegment($0) }, defaults: GroupDefaults.roleBinding))
}
