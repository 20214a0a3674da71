/// A pod that names its node goes nowhere else.
package struct NodeNameFilter: NodeFilter {
    package static let plugin = PluginName.nodeName
    package static let events: ClusterEvents = [.nodeAdded]

    private static let refusal = Verdict(plugin, ["node(s) didn't match the requested node name"], isFinal: true)

    let name: String

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        pod.info.nodeName.isEmpty ? nil : Self(name: pod.info.nodeName)
    }

    package func verdict(on node: NodeInfo) -> Verdict? { node.name == name ? nil : Self.refusal }
}
