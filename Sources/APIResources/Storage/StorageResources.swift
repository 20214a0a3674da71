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
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, nameRule: { Names.pathSegment($0) },
                defaults: GroupDefaults.csiDriver, createCheck: DriverRules.driver,
                updateCheck: DriverRules.driverUpdate),
            columns: StorageTables.csiDriver),
        "csinodes": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, check: DriverRules.node, updateCheck: DriverRules.nodeUpdate),
            columns: StorageTables.csiNode),
        "csistoragecapacities": ResourceCustomization(
            strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, check: DriverRules.capacity,
                updateCheck: DriverRules.capacityUpdate),
            columns: StorageTables.csiStorageCapacity),
        "volumeattachments": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["attached": false], allowsUnconditionalUpdate: false, check: DriverRules.attachment,
                createCheck: DriverRules.attachmentCreation, updateCheck: DriverRules.attachmentUpdate,
                statusCheck: DriverRules.attachmentStatus),
            columns: StorageTables.volumeAttachment),
        "volumeattributesclasses": ResourceCustomization(
            strategy: RuleStrategy(
                check: DriverRules.attributesClass, updateCheck: DriverRules.attributesClassUpdate),
            columns: StorageTables.volumeAttributesClass),
    ]
}
