internal import APIMachinery
internal import APIRules

/// Volumes and claims in use are not lost: they are born with a finalizer that outlasts their use.
struct StorageProtection: AdmissionPlugin {
    private static let finalizers: [String: Value] = [
        "persistentvolumes": "kubernetes.io/pv-protection", "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    ]

    var name: String { "StorageObjectInUseProtection" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create && request.resource.group.isEmpty && request.subresource.isEmpty
            && Self.finalizers[request.resource.resource] != nil
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let finalizer = Self.finalizers[request.resource.resource] else { return }
        request.object?.modifyFields { object in
            object.inNewObject("metadata") { metadata in
                let present = metadata["finalizers"]?.arrayValue ?? []
                if !present.contains(finalizer) { metadata["finalizers"] = .array(present + [finalizer]) }
            }
        }
    }
}
