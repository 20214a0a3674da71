/// Prefers nodes on which processor and memory are taken in like shares.
package struct BalancedAllocationScorer: NodeScorer {
    package static let plugin = PluginName.balancedAllocation

    let requested: Resources

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        let requested = pod.info.requested
        // A pod that asks for nothing changes no balance.
        return requested.cpuMillis == 0 && requested.memory == 0 ? nil : Self(requested: requested)
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        candidates.map { node in
            let all = node.shape.allocatable
            guard all.cpuMillis > 0, all.memory > 0 else { return NodeScore.best }
            let cpu = min(1, Double(node.requested.cpuMillis + requested.cpuMillis) / Double(all.cpuMillis))
            let memory = min(1, Double(node.requested.memory + requested.memory) / Double(all.memory))
            // The standard deviation of two numbers is half their distance.
            return Int64((1 - abs(cpu - memory) / 2) * Double(NodeScore.best))
        }
    }
}
