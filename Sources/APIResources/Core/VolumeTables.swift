internal import APIMachinery
internal import APIRegistry

/// What `kubectl get pv` and `kubectl get pvc` show.
enum VolumeTables {
    private static let classAnnotation = "volume.beta.kubernetes.io/storage-class"
    private static let modes = [
        ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
    ]

    static let volume: [TableColumn] = [
        .name,
        .text("Capacity", "The volume's size.") { $0.text("spec", "capacity", "storage").or("0") },
        .text("Access Modes", "How the volume can be mounted.") { accessModes($0.texts("spec", "accessModes")) },
        .text("Reclaim Policy", "What becomes of the volume after its claim.") {
            $0.text("spec", "persistentVolumeReclaimPolicy")
        },
        .text("Status", "Whether the volume is free, bound or going.", cell: phase),
        .text("Claim", "Who has the volume.") { volume in
            guard let claim = volume[path: "spec", "claimRef"] else { return "" }
            return "\(claim.text("namespace"))/\(claim.text("name"))"
        },
        .text("StorageClass", "The class of storage.", cell: storageClass),
        attributesClass,
        .text("Reason", "Why the volume is in its state.") { $0.text("status", "reason") },
        .age, volumeMode,
    ]

    static let claim: [TableColumn] = [
        .name,
        .text("Status", "Whether the claim waits, is bound or going.", cell: phase),
        .text("Volume", "The volume that was found.") { $0.text("spec", "volumeName") },
        .text("Capacity", "The size of the volume.") { claim in
            isBound(claim) ? claim.text("status", "capacity", "storage").or("0") : ""
        },
        .text("Access Modes", "How the volume can be mounted.") { claim in
            isBound(claim) ? accessModes(claim.texts("status", "accessModes")) : ""
        },
        .text("StorageClass", "The class of storage.", cell: storageClass),
        attributesClass, .age, volumeMode,
    ]

    private static let attributesClass = TableColumn.text(
        "VolumeAttributesClass", "The class of changeable attributes."
    ) { $0.text("spec", "volumeAttributesClassName").or("<unset>") }

    private static let volumeMode = TableColumn.text(
        "VolumeMode", "File system or block device.", wide: true
    ) { $0.text("spec", "volumeMode").or("<unset>") }

    private static func isBound(_ claim: Value) -> Bool { !claim.text("spec", "volumeName").isEmpty }

    private static func phase(_ object: Value) -> String {
        object.has("metadata", "deletionTimestamp") ? "Terminating" : object.text("status", "phase")
    }

    private static func storageClass(_ object: Value) -> String {
        object[path: "metadata", "annotations", classAnnotation]?.stringValue
            ?? object.text("spec", "storageClassName")
    }

    private static func accessModes(_ given: [String]) -> String {
        modes.filter { given.contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
