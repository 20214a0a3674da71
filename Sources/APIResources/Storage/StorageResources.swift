internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `storage.k8s.io`.
enum StorageResources {
    static let all: [String: ResourceCustomization] = [
        "storageclasses": ResourceCustomization(strategy: RuleStrategy(
                defaults: GroupDefaults.storageClass, check: StorageRules.storageClass,
                updateCheck: StorageRules.storageClassUpdate),
            columns: StorageTables.storageClass),
        "csidrivers": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false, defaults: GroupDefaults.csiDriver),
            columns: StorageTables.csiDriver),
        "csinodes": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false),
            columns: StorageTables.csiNode),
        "csistoragecapacities": ResourceCustomization(
            strategy: RuleStrategy(allowsUnconditionalUpdate: false),
            columns: StorageTables.csiStorageCapacity),
        "volumeattachments": ResourceCustomization(
            strategy: RuleStrategy(initialStatus: ["attached": false], allowsUnconditionalUpdate: false),
            columns: StorageTables.volumeAttachment),
        "volumeattributesclasses": ResourceCustomization(columns: StorageTables.volumeAttributesClass),
    ]
}
