internal import ControllerRuntime

/// A pod can only run where its volumes are, or can be made.
package struct VolumeBindingFilter: NodeFilter {
    package static let plugin = PluginName.volumeBinding
    package static let events: ClusterEvents = [.nodeAdded, .nodeLabels, .storage]

    private static let elsewhere = Verdict(
        plugin, ["node(s) didn't match PersistentVolume's node affinity"], isFinal: true)
    private static let noVolume = Verdict(
        plugin, ["node(s) didn't find available persistent volumes to bind"], isFinal: true)
    private static let lost = Verdict(
        plugin, ["node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"], isFinal: true)

    private var isLost = false
    private var bound: [NodeTerms] = []
    /// For each claim that waits for its first pod: the volumes that would do; `nil` when one can be made.
    private var waiting: [(selectedNode: String, volumes: [VolumeInfo]?)] = []

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot
    ) throws(GeneralRefusal) -> Self? {
        guard !pod.info.claims.isEmpty else { return nil }
        var filter = Self()
        for name in pod.info.claims {
            let key = ObjectKey(namespace: pod.info.key.namespace, name: name)
            guard let claim = snapshot.claims[key] else {
                throw GeneralRefusal(plugin, "persistentvolumeclaim \"\(name)\" not found")
            }
            if claim.isTerminating {
                throw GeneralRefusal(plugin, "persistentvolumeclaim \"\(name)\" is being deleted")
            }
            if claim.isBound {
                guard let volume = snapshot.volumes[claim.volumeName] else {
                    filter.isLost = true
                    continue
                }
                if let nodes = volume.nodes { filter.bound.append(nodes) }
                continue
            }
            let storage = snapshot.storageClasses[claim.storageClass]
            guard let storage, storage.waitsForConsumer, claim.volumeName.isEmpty else {
                throw GeneralRefusal(plugin, "pod has unbound immediate PersistentVolumeClaims")
            }
            filter.wait(for: key, claim, storage, snapshot)
        }
        return filter.isLost || !filter.bound.isEmpty || !filter.waiting.isEmpty ? filter : nil
    }

    private mutating func wait(
        for key: ObjectKey, _ claim: ClaimInfo, _ storage: StorageClassInfo, _ snapshot: ClusterSnapshot
    ) {
        guard storage.isStatic else {
            waiting.append((claim.selectedNode, nil))
            return
        }
        waiting.append((claim.selectedNode, VolumePlan.volumes(for: key, claim, snapshot)))
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        if isLost { return Self.lost }
        guard bound.allSatisfy({ $0.matches(node.shape) }) else { return Self.elsewhere }
        for claim in waiting {
            if !claim.selectedNode.isEmpty, claim.selectedNode != node.name { return Self.elsewhere }
            guard let volumes = claim.volumes else { continue }
            if !volumes.contains(where: { $0.nodes?.matches(node.shape) ?? true }) { return Self.noVolume }
        }
        return nil
    }
}
