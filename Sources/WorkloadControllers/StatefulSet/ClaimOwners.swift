internal import APIMachinery
package import APITypes
internal import ControllerRuntime

/// Who takes the claims of a StatefulSet's pods along when going (`spec.persistentVolumeClaimRetentionPolicy`).
///
/// The garbage collector does the deleting: a claim belongs to the set, or to a pod that is on its way out because the
/// set has shrunk, or to nobody.
package enum ClaimOwners {
    /// What a claim's owners are to be; those of others stay.
    ///
    /// - pod: the pod that has the claim; `nil` while there is none.
    /// - isCondemned: the pod's number is beyond those wanted.
    package static func wanted(
        _ present: [OwnerReference], for set: StatefulSet, pod: Pod?, isCondemned: Bool
    ) -> [OwnerReference] {
        let policy = set.spec.persistentVolumeClaimRetentionPolicy
        let goesWithPod = isCondemned && policy?.whenScaled == "Delete"
        let goesWithSet = !goesWithPod && policy?.whenDeleted == "Delete"
        var owners = present.filter { $0.uid != set.metadata.uid && !isPod($0, of: set) }
        if goesWithSet { owners.append(present.first { $0.uid == set.metadata.uid } ?? .controller(set)) }
        if goesWithPod, let pod { owners.append(.controller(pod)) }
        return owners
    }

    /// Whether the claim is about to go with an earlier pod of the same name.
    package static func isStale(_ claim: PersistentVolumeClaim, for set: StatefulSet, pod: Pod?) -> Bool {
        claim.metadata.isBeingDeleted
            || claim.metadata.ownerReferences.contains { isPod($0, of: set) && $0.uid != pod?.metadata.uid }
    }

    private static func isPod(_ owner: OwnerReference, of set: StatefulSet) -> Bool {
        owner.kind == "Pod" && StatefulPod.ordinal(ofPodNamed: owner.name, in: set) != nil
    }
}
