internal import APITypes
internal import ControllerRuntime

/// Prefers nodes with fewer soft taints that the pod does not tolerate.
package struct TaintTolerationScorer: NodeScorer {
    package static let plugin = PluginName.taintToleration

    let tolerations: [Toleration]

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        guard candidates.contains(where: { !$0.shape.softTaints.isEmpty }) else { return nil }
        return Self(tolerations: pod.tolerations.filter { $0.effect.isEmpty || $0.effect == "PreferNoSchedule" })
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        let counts = candidates.map { node in
            Int64(node.shape.softTaints.count { !tolerations.tolerate($0) })
        }
        return NodeScore.normalized(counts, reversed: true)
    }
}
