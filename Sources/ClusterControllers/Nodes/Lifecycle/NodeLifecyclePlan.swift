package import APITypes
package import Determinism

/// What a node's silence, or its own report, means for its conditions and taints.
package enum NodeLifecyclePlan {
    /// How long a node may be silent unless told otherwise; as upstream's `--node-monitor-grace-period` was for years.
    package static let grace = Duration.seconds(40)

    package static let notReady = "node.kubernetes.io/not-ready"
    package static let unreachable = "node.kubernetes.io/unreachable"
    private static let unschedulable = "node.kubernetes.io/unschedulable"
    private static let noSchedule = "NoSchedule"
    private static let noExecute = "NoExecute"

    /// Conditions of which a silent node says nothing any more.
    private static let reported = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]

    /// Condition type, the status that taints, and the taint.
    private static let pressures = [
        ("MemoryPressure", "node.kubernetes.io/memory-pressure"), ("DiskPressure", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
    ]

    package static func ready(_ node: Node) -> String {
        node.status.conditions.first { $0.type == "Ready" }?.status ?? "Unknown"
    }

    // MARK: Conditions

    /// The conditions of a node that has been silent for too long; as they were for any other.
    package static func conditions(of node: Node, isSilent: Bool, now: Timestamp) -> [NodeCondition] {
        guard isSilent else { return node.status.conditions }
        var conditions = node.status.conditions
        for type in reported {
            guard let index = conditions.firstIndex(where: { $0.type == type }) else {
                var condition = NodeCondition()
                condition.type = type
                condition.status = "Unknown"
                condition.reason = "NodeStatusNeverUpdated"
                condition.message = "Kubelet never posted node status."
                condition.lastHeartbeatTime = node.metadata.creationTimestamp
                condition.lastTransitionTime = now
                conditions.append(condition)
                continue
            }
            guard conditions[index].status != "Unknown" else { continue }
            conditions[index].status = "Unknown"
            conditions[index].reason = "NodeStatusUnknown"
            conditions[index].message = "Kubelet stopped posting node status."
            conditions[index].lastTransitionTime = now
        }
        return conditions
    }

    // MARK: Taints

    /// The taints that the node's conditions ask for, beside those of others.
    ///
    /// - evicts: false while no node at all is ready: then it is not the nodes that fail, and moving pods would help
    ///   nobody.
    package static func taints(of node: Node, evicts: Bool, now: Timestamp) -> [Taint] {
        var wanted: [(key: String, effect: String)] = []
        switch ready(node) {
        case "True": break
        case "False":
            wanted.append((notReady, noSchedule))
            if evicts { wanted.append((notReady, noExecute)) }
        case _:
            wanted.append((unreachable, noSchedule))
            if evicts { wanted.append((unreachable, noExecute)) }
        }
        for (type, key) in pressures
        where node.status.conditions.contains(where: { $0.type == type && $0.status == "True" }) {
            wanted.append((key, noSchedule))
        }
        if node.spec.unschedulable { wanted.append((unschedulable, noSchedule)) }

        let ours = Set([notReady, unreachable, unschedulable] + pressures.map(\.1))
        var taints = node.spec.taints.filter { taint in
            guard ours.contains(taint.key), taint.effect == noSchedule || taint.effect == noExecute else { return true }
            return wanted.contains { $0.key == taint.key && $0.effect == taint.effect }
        }
        for (key, effect) in wanted where !taints.contains(where: { $0.key == key && $0.effect == effect }) {
            var taint = Taint()
            taint.key = key
            taint.effect = effect
            taint.timeAdded = now
            taints.append(taint)
        }
        return taints
    }
}
