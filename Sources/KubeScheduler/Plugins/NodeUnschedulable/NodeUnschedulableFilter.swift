internal import APITypes
internal import ControllerRuntime

/// Nodes that were cordoned take no pods, save those that tolerate it.
package struct NodeUnschedulableFilter: NodeFilter {
    package static let plugin = PluginName.nodeUnschedulable
    package static let events: ClusterEvents = [.nodeAdded, .nodeTaints]

    private static let refusal = Verdict(plugin, ["node(s) were unschedulable"], isFinal: true)

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        var taint = Taint()
        taint.key = "node.kubernetes.io/unschedulable"
        taint.effect = "NoSchedule"
        return pod.tolerations.tolerate(taint) ? nil : Self()
    }

    package func verdict(on node: NodeInfo) -> Verdict? { node.shape.isUnschedulable ? Self.refusal : nil }
}
