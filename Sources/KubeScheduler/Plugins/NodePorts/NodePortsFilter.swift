/// Host ports the pod wants must be free.
package struct NodePortsFilter: NodeFilter {
    package static let plugin = PluginName.nodePorts
    package static let events: ClusterEvents = [.nodeAdded, .podRemoved]

    private static let refusal = Verdict(plugin, ["node(s) didn't have free ports for the requested pod ports"])

    let ports: [HostPort]

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        pod.info.hostPorts.isEmpty ? nil : Self(ports: pod.info.hostPorts)
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        node.hostPorts.contains { taken in ports.contains { $0.conflicts(with: taken) } } ? Self.refusal : nil
    }

    package func details(on node: NodeInfo) -> [String] {
        ports.filter { port in node.hostPorts.contains { port.conflicts(with: $0) } }
            .map { "host port \($0.port)/\($0.networkProtocol) is taken" }
    }
}
