internal import APIMachinery

/// Only bound claims grow, and only where their class can make volumes grow.
struct ClaimResize: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "PersistentVolumeClaimResize" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .update && request.concerns("persistentvolumeclaims")
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let claim = request.object, let old = request.oldObject,
            let new = Self.size(claim), let before = Self.size(old), new > before
        else { return }
        guard old[path: "status", "phase"] == "Bound" else {
            throw request.forbidden("Only bound persistent volume claims can be expanded")
        }
        let className =
            claim.annotation("volume.beta.kubernetes.io/storage-class")
            ?? claim[path: "spec", "storageClassName"]?.stringValue ?? ""
        let found = try objects.find("storageclasses", group: "storage.k8s.io", className)
        guard found?["allowVolumeExpansion"] == true else {
            throw request.forbidden(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must"
                    + " support resize")
        }
    }

    private static func size(_ claim: Value) -> Quantity? {
        claim[path: "spec", "resources", "requests", "storage"]?.stringValue.flatMap { Quantity($0) }
    }
}
