internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `admissionregistration.k8s.io`.
enum AdmissionResources {
    static let all: [String: ResourceCustomization] = [
        "mutatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: WebhookDefaults.mutating,
                check: WebhookRules.check)),
        "validatingwebhookconfigurations": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: WebhookDefaults.validating,
                check: WebhookRules.check)),
        "validatingadmissionpolicies": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], allowsUnconditionalUpdate: false, defaults: WebhookDefaults.policy)),
        "validatingadmissionpolicybindings": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: WebhookDefaults.binding)),
    ]
}
