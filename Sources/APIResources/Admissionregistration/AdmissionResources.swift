internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `admissionregistration.k8s.io`.
enum AdmissionResources {
    static let all: [String: ResourceCustomization] = [
        "mutatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: WebhookDefaults.mutating,
                check: WebhookRules.check),
            columns: AdmissionTables.webhookConfiguration),
        "validatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: WebhookDefaults.validating,
                check: WebhookRules.check),
            columns: AdmissionTables.webhookConfiguration),
        "validatingadmissionpolicies": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], allowsUnconditionalUpdate: false, defaults: WebhookDefaults.policy,
                check: AdmissionPolicyRules.policy),
            columns: AdmissionTables.validatingPolicy),
        "validatingadmissionpolicybindings": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.binding, check: AdmissionPolicyRules.binding),
            columns: AdmissionTables.policyBinding),
        "mutatingadmissionpolicies": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.policy,
                check: MutatingPolicyRules.policy),
            columns: AdmissionTables.mutatingPolicy),
        "mutatingadmissionpolicybindings": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, defaults: WebhookDefaults.binding,
                check: MutatingPolicyRules.binding),
            columns: AdmissionTables.policyBinding),
    ]
}
