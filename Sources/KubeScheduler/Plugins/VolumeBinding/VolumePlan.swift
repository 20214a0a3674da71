package import ControllerRuntime

/// What to tell about a claim so that its volume comes to be where the pod will run.
package struct VolumeChoice: Sendable, Equatable {
    package enum Means: Sendable, Equatable {
        /// A provisioner makes the volume on the claim's selected node.
        case provision
        /// This existing volume is promised to the claim.
        case bind(volume: String)
    }

    package let claim: ObjectKey
    package let claimUID: String
    package let means: Means
}

/// Which volumes a pod still lacks on the node that was chosen for it.
enum VolumePlan {
    /// `nil` when all are there. Claims that were dealt with already, and only need time, have no choice.
    static func choices(
        for pod: PendingPod, on node: NodeShape, _ snapshot: ClusterSnapshot
    ) -> [VolumeChoice]? {
        var isWaiting = false
        var choices: [VolumeChoice] = []
        var taken: Set<String> = []
        for name in pod.info.claims {
            let key = ObjectKey(namespace: pod.info.key.namespace, name: name)
            guard let claim = snapshot.claims[key], !claim.isBound else { continue }
            isWaiting = true
            guard snapshot.storageClasses[claim.storageClass]?.isStatic == true else {
                if claim.selectedNode != node.name {
                    choices.append(VolumeChoice(claim: key, claimUID: claim.uid, means: .provision))
                }
                continue
            }
            let possible = VolumePlan.volumes(for: key, claim, snapshot).filter {
                !taken.contains($0.name) && $0.nodes?.matches(node) ?? true
            }
            guard !possible.contains(where: { $0.claim == key }),
                let smallest = possible.min(by: { ($0.capacity, $0.name) < ($1.capacity, $1.name) })
            else { continue }
            taken.insert(smallest.name)
            choices.append(VolumeChoice(claim: key, claimUID: claim.uid, means: .bind(volume: smallest.name)))
        }
        return isWaiting ? choices : nil
    }

    /// Existing volumes that would do for the claim.
    static func volumes(for key: ObjectKey, _ claim: ClaimInfo, _ snapshot: ClusterSnapshot) -> [VolumeInfo] {
        snapshot.volumes.values.filter { volume in
            volume.storageClass == claim.storageClass && (volume.claim == nil || volume.claim == key)
                && volume.capacity >= claim.size && claim.accessModes.allSatisfy(volume.accessModes.contains)
        }
    }
}
