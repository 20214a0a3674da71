internal import ControllerRuntime

/// A claim for one pod alone is not shared.
package struct VolumeRestrictionsFilter: NodeFilter {
    package static let plugin = PluginName.volumeRestrictions
    package static let events: ClusterEvents = [.podRemoved, .storage]

    private static let refusal = Verdict(
        plugin,
        ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"])

    private let namespace: String
    private let exclusive: Set<String>

    package let looksBeyondNode = true

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        let namespace = pod.info.key.namespace
        let exclusive = pod.info.claims.filter {
            snapshot.claims[ObjectKey(namespace: namespace, name: $0)]?.isReadWriteOncePod ?? false
        }
        guard !exclusive.isEmpty else { return nil }
        let filter = Self(namespace: namespace, exclusive: Set(exclusive))
        return snapshot.nodes.contains { filter.isUsed(on: $0) } ? filter : nil
    }

    private func isUsed(on node: NodeInfo) -> Bool {
        node.pods.contains { pod in
            pod.key.namespace == namespace && pod.claims.contains(where: exclusive.contains)
        }
    }

    /// Wherever the claim is used, the pod can go nowhere.
    package func verdict(on node: NodeInfo) -> Verdict? { Self.refusal }
}
