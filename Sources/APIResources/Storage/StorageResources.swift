internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `storage.k8s.io`.
enum StorageResources {
    static let all: [String: ResourceCustomization] = [
        "storageclasses": ResourceCustomization(strategy: RuleStrategy(
                defaults: GroupDefaults.storageClass, check: StorageRules.storageClass,
                updateCheck: StorageRules.storageClassUpdate)),
        "csidrivers": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: GroupDefaults.csiDriver)),
        "csinodes": ResourceCustomization(strategy: RuleStrategy(allowsUnconditionalUpdate: false)),
        "csistoragecapacities": ResourceCustomization(strategy: RuleStrategy(allowsUnconditionalUpdate: false)),
        "volumeattachments": ResourceCustomization(
            strategy: RuleStrategy(initialStatus: ["attached": false], allowsUnconditionalUpdate: false)),
    ]
}
