internal import ControllerRuntime

/// `nodeSelector` and the required node affinity.
package struct NodeAffinityFilter: NodeFilter {
    package static let plugin = PluginName.nodeAffinity
    package static let events: ClusterEvents = [.nodeAdded, .nodeLabels]

    private static let refusal = Verdict(
        plugin, ["node(s) didn't match Pod's node affinity/selector"], isFinal: true)

    let demand: NodeDemand
    package let onlyNodes: Set<String>?

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot
    ) throws(GeneralRefusal) -> Self? {
        guard !pod.demand.isNone else { return nil }
        let names = pod.demand.affinity?.names
        // Terms that each name nodes and contradict themselves.
        if let names, names.isEmpty {
            throw GeneralRefusal(plugin, "pod affinity terms conflict")
        }
        return Self(demand: pod.demand, onlyNodes: names)
    }

    package func verdict(on node: NodeInfo) -> Verdict? { demand.matches(node.shape) ? nil : Self.refusal }

    package func details(on node: NodeInfo) -> [String] {
        var details = demand.labels.filter { node.shape.labels[$0.key] != $0.value }
            .map { "no label \($0.key)=\($0.value)" }.sorted()
        if let affinity = demand.affinity, !affinity.matches(node.shape) {
            details.append("didn't match Pod's node affinity")
        }
        return details
    }
}
