internal import APITypes
internal import ControllerRuntime

/// A node's taints keep away pods that do not tolerate them.
package struct TaintTolerationFilter: NodeFilter {
    package static let plugin = PluginName.taintToleration
    package static let events: ClusterEvents = [.nodeAdded, .nodeTaints]

    private static let refusal = Verdict(plugin, ["node(s) had untolerated taint(s)"], isFinal: true)

    let tolerations: [Toleration]

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        Self(tolerations: pod.tolerations)
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        if node.shape.taints.isEmpty { return nil }
        return node.shape.taints.allSatisfy(tolerations.tolerate) ? nil : Self.refusal
    }

    package func details(on node: NodeInfo) -> [String] {
        node.shape.taints.filter { !tolerations.tolerate($0) }.map { taint in
            let value = taint.value.isEmpty ? "" : "=\(taint.value)"
            return "untolerated taint \(taint.key)\(value):\(taint.effect)"
        }
    }
}
