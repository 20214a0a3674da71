package import APITypes
internal import APIMachinery
internal import ControllerRuntime

/// Which volume a claim gets.
package enum ClaimBindingPlan: Sendable, Equatable {
    case bound
    case bind(PersistentVolume)
    /// The volume that the claim had is gone.
    case lost
    /// Nothing yet: what to tell, and the provisioner that somebody else runs.
    case wait(reason: String, message: String, provisioner: String?)

    package static let bindCompleted = "pv.kubernetes.io/bind-completed"
    package static let boundByController = "pv.kubernetes.io/bound-by-controller"
    private static let selectedNode = "volume.kubernetes.io/selected-node"
    private static let noProvisioner = "kubernetes.io/no-provisioner"

    package static func decide(
        _ claim: PersistentVolumeClaim, volumes: [PersistentVolume], storageClass: StorageClass?
    ) -> ClaimBindingPlan {
        let isComplete = claim.metadata.annotations[bindCompleted] != nil
        if !claim.spec.volumeName.isEmpty {
            guard let volume = volumes.first(where: { $0.metadata.name == claim.spec.volumeName }) else {
                return isComplete
                    ? .lost : waiting("FailedBinding", "volume \"\(claim.spec.volumeName)\" not found")
            }
            if isHeld(volume, by: claim) { return isComplete && claim.status.phase == "Bound" && volume.status.phase == "Bound" ? .bound : .bind(volume) }
            if isComplete { return .lost }
            guard volume.spec.claimRef == nil || isReserved(volume, for: claim) else {
                return waiting(
                    "FailedBinding", "volume \"\(claim.spec.volumeName)\" already bound to a different claim.")
            }
            return .bind(volume)
        }
        if let reserved = volumes.first(where: { isReserved($0, for: claim) }) { return .bind(reserved) }
        if storageClass?.volumeBindingMode == "WaitForFirstConsumer", claim.metadata.annotations[selectedNode] == nil {
            return waiting(
                "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
        }
        if let best = best(for: claim, among: volumes) { return .bind(best) }
        return unmatched(claim, storageClass)
    }

    private static func waiting(_ reason: String, _ message: String) -> ClaimBindingPlan {
        .wait(reason: reason, message: message, provisioner: nil)
    }

    private static func unmatched(_ claim: PersistentVolumeClaim, _ storageClass: StorageClass?) -> ClaimBindingPlan {
        let className = claim.spec.storageClassName ?? ""
        guard !className.isEmpty else {
            return waiting(
                "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
        }
        guard let storageClass else {
            return waiting("ProvisioningFailed", "storageclass.storage.k8s.io \"\(className)\" not found")
        }
        guard storageClass.provisioner != noProvisioner else {
            return waiting(
                "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
        }
        return .wait(
            reason: "ExternalProvisioning",
            message: "Waiting for a volume to be created either by the external provisioner '\(storageClass.provisioner)'"
                + " or manually by the system administrator. If volume creation is delayed, please verify that the"
                + " provisioner is running and correctly registered.",
            provisioner: storageClass.provisioner)
    }

    // MARK: Matching

    /// Bound to this very claim.
    package static func isHeld(_ volume: PersistentVolume, by claim: PersistentVolumeClaim) -> Bool {
        volume.spec.claimRef?.uid == claim.metadata.uid
    }

    /// Reserved by name for a claim that is yet to come.
    private static func isReserved(_ volume: PersistentVolume, for claim: PersistentVolumeClaim) -> Bool {
        guard let reference = volume.spec.claimRef else { return false }
        return reference.namespace == claim.metadata.namespace && reference.name == claim.metadata.name
            && (reference.uid.isEmpty || reference.uid == claim.metadata.uid)
    }

    /// The smallest volume that is large enough.
    private static func best(
        for claim: PersistentVolumeClaim, among volumes: [PersistentVolume]
    ) -> PersistentVolume? {
        let wanted = claim.spec.resources.requests["storage"] ?? .zero
        let selector: Selector
        // A selector that cannot be read selects nothing; an absent one is no condition.
        if claim.spec.selector == nil { selector = .everything } else { selector = (try? Selector(claim.spec.selector)) ?? .nothing }
        let candidates = volumes.filter { volume in
            volume.spec.claimRef == nil && !volume.metadata.isBeingDeleted
                && (volume.status.phase == "Available" || volume.status.phase.isEmpty || volume.status.phase == "Pending")
                && volume.spec.storageClassName == (claim.spec.storageClassName ?? "")
                && Set(claim.spec.accessModes).isSubset(of: volume.spec.accessModes)
                && (volume.spec.volumeMode ?? "Filesystem") == (claim.spec.volumeMode ?? "Filesystem")
                && (volume.spec.capacity["storage"] ?? .zero) >= wanted
                && selector.matches(volume.metadata.labels)
        }
        return candidates.min { left, right in
            let (a, b) = (left.spec.capacity["storage"] ?? .zero, right.spec.capacity["storage"] ?? .zero)
            return a == b ? left.metadata.name < right.metadata.name : a < b
        }
    }
}
