internal import APIMachinery
internal import APIRegistry

/// The tables of the group `storage.k8s.io`.
enum StorageTables {
    static let storageClass: [TableColumn] = [
        .nameWithDefault([
            "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
        ]),
        .text("Provisioner", "Who makes the volumes.") { $0.text("provisioner") },
        .text("ReclaimPolicy", "What becomes of a volume after its claim.") { $0.text("reclaimPolicy").or("Delete") },
        .text("VolumeBindingMode", "When volumes are made.") { $0.text("volumeBindingMode").or("Immediate") },
        .flag("AllowVolumeExpansion", "Whether volumes can grow.", type: "string") { $0.flag("allowVolumeExpansion") },
        .age,
    ]

    static let volumeAttributesClass: [TableColumn] = [
        .nameWithDefault(["volumeattributesclass.alpha.kubernetes.io/is-default-class"]),
        .text("DriverName", "The driver that knows the attributes.") { $0.text("driverName") },
        .age,
    ]

    static let volumeAttachment: [TableColumn] = [
        .name,
        .text("Attacher", "The driver.") { $0.text("spec", "attacher") },
        .text("PV", "The volume.") { $0.text("spec", "source", "persistentVolumeName") },
        .text("Node", "The node.") { $0.text("spec", "nodeName") },
        .flag("Attached", "Whether the volume is attached.") { $0.flag("status", "attached") },
        .age,
    ]

    static let csiNode: [TableColumn] = [
        .name, .number("Drivers", "How many drivers the node has.") { Int64($0.items("spec", "drivers").count) }, .age,
    ]

    static let csiDriver: [TableColumn] = [
        .name,
        .flag("AttachRequired", "Whether volumes must be attached before mounting.") {
            $0[path: "spec", "attachRequired"]?.boolValue ?? true
        },
        .flag("PodInfoOnMount", "Whether the driver is told about pods.") { $0.flag("spec", "podInfoOnMount") },
        .flag("StorageCapacity", "Whether pods wait for room in the driver's storage.") {
            $0.flag("spec", "storageCapacity")
        },
        .text("TokenRequests", "For whom the driver wants tokens.") { driver in
            guard driver.has("spec", "tokenRequests") else { return "<unset>" }
            return driver.items("spec", "tokenRequests").map { $0.text("audience") }.joined(separator: ",")
        },
        .flag("RequiresRepublish", "Whether the driver is called again and again.") {
            $0.flag("spec", "requiresRepublish")
        },
        .text("Modes", "The life cycles of volumes that the driver knows.") {
            $0.texts("spec", "volumeLifecycleModes").joined(separator: ",").orNone
        },
        .age,
    ]

    static let csiStorageCapacity: [TableColumn] = [
        .name,
        .text("StorageClassName", "The class the room is for.") { $0.text("storageClassName") },
        .text("Capacity", "How much room is left.") { $0.text("capacity") },
    ]
}
