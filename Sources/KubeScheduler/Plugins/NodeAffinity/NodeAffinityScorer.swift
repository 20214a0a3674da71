/// Prefers nodes that more of the pod's preferred node affinity holds for.
package struct NodeAffinityScorer: NodeScorer {
    package static let plugin = PluginName.nodeAffinity

    let preferences: [(weight: Int64, term: NodePreference)]

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        pod.preferences.isEmpty ? nil : Self(preferences: pod.preferences)
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        NodeScore.normalized(
            candidates.map { node in
                preferences.reduce(0) { $1.term.matches(node.shape) ? $0 + $1.weight : $0 }
            })
    }
}
