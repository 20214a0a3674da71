internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Roles and bindings, whose names may hold colons.
enum AuthorizationResources {
    static let all: [String: ResourceCustomization] = [
        "roles": role(AccessRules.role), "clusterroles": role(AccessRules.clusterRole),
        "rolebindings": binding(AccessRules.roleBinding),
        "clusterrolebindings": binding(AccessRules.clusterRoleBinding),
    ]

    /// Questions, which are answered and not kept.
    static let reviews: [String: ResourceCustomization] = [
        "subjectaccessreviews": ResourceCustomization(strategy: RuleStrategy(createCheck: AccessReviewRules.subject)),
        "localsubjectaccessreviews": ResourceCustomization(
            strategy: RuleStrategy(createCheck: AccessReviewRules.local)),
        "selfsubjectaccessreviews": ResourceCustomization(
            strategy: RuleStrategy(createCheck: AccessReviewRules.ofSelf)),
    ]

    private static func role(_ check: @escaping RuleStrategy.Check) -> ResourceCustomization {
        ResourceCustomization(
            strategy: RuleStrategy(createsOnUpdate: true, nameRule: { Names.pathSegment($0) }, check: check))
    }

    private static func binding(_ check: @escaping RuleStrategy.Check) -> ResourceCustomization {
        ResourceCustomization(
            strategy: RuleStrategy(
                createsOnUpdate: true, nameRule: { Names.pathSegment($0) }, defaults: GroupDefaults.roleBinding,
                check: check, updateCheck: AccessRules.bindingUpdate),
            columns: BindingTable.columns)
    }
}
