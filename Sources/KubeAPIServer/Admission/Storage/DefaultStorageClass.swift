internal import APIMachinery
internal import APIRules

/// A claim that names no class gets the default one: of several the newest, then the first by name.
struct DefaultStorageClass: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "DefaultStorageClass" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create && request.concerns("persistentvolumeclaims")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let claim = request.object, claim[path: "spec", "storageClassName"] == nil,
            claim.annotation("volume.beta.kubernetes.io/storage-class") == nil,
            let name = DefaultClass.name(
                of: try objects.list("storageclasses", group: "storage.k8s.io"),
                annotations: [
                    "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
                ])
        else { return }
        request.object?.modifyFields { claim in
            claim.inNewObject("spec") { $0["storageClassName"] = .string(name) }
        }
    }
}

/// Which class is the default one.
enum DefaultClass {
    static func name(of classes: [Value], annotations: [String]) -> String? {
        classes.filter { item in annotations.contains { item.annotation($0) == "true" } }.min { left, right in
            let (a, b) = (created(left), created(right))
            return a == b ? left.objectName < right.objectName : a > b
        }?.objectName
    }

    /// In one format, so that the texts sort as the times do.
    private static func created(_ item: Value) -> String {
        item[path: "metadata", "creationTimestamp"]?.stringValue ?? ""
    }
}
