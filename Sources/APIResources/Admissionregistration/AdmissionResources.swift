internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `admissionregistration.k8s.io`.
enum AdmissionResources {
    static let all: [String: ResourceCustomization] = [
        "mutatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.mutating,
                createCheck: WebhookRules.create, updateCheck: WebhookRules.update),
            columns: AdmissionTables.webhookConfiguration),
        "validatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.validating,
                createCheck: WebhookRules.create, updateCheck: WebhookRules.update),
            columns: AdmissionTables.webhookConfiguration),
        "validatingadmissionpolicies": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], allowsUnconditionalUpdate: false, defaults: WebhookDefaults.policy,
                createCheck: AdmissionPolicyRules.create,
                updateCheck: AdmissionPolicyRules.update, statusCheck: AdmissionPolicyRules.status),
            columns: AdmissionTables.validatingPolicy),
        "validatingadmissionpolicybindings": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.binding, check: AdmissionPolicyRules.binding),
            columns: AdmissionTables.policyBinding),
        "mutatingadmissionpolicies": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.policy,
                createCheck: MutatingPolicyRules.create,
                updateCheck: MutatingPolicyRules.update),
            columns: AdmissionTables.mutatingPolicy),
        "mutatingadmissionpolicybindings": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.binding,
                check: MutatingPolicyRules.binding),
            columns: AdmissionTables.policyBinding),
    ]
}
