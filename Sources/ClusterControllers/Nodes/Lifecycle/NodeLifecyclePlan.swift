package import APITypes
package import Determinism

/// What a node's silence, or its own report, means for its conditions and taints.
package enum NodeLifecyclePlan {
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

    /// Whether anybody has ever said how the node fares.
    package static func hasReported(_ node: Node) -> Bool { node.status.conditions.contains { $0.type == "Ready" } }

    /// Whether the node's pods should be driven out and are not yet.
    package static func awaitsEviction(_ node: Node) -> Bool {
        hasReported(node) && ready(node) != "True" && !isEvicting(node)
    }

    private static func isEvicting(_ node: Node) -> Bool {
        node.spec.taints.contains { $0.effect == noExecute && [notReady, unreachable].contains($0.key) }
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
    /// - turn: whether its pods may be driven out, should it be lost. Where they are being driven out already, a lost
    ///   node may become one that is not ready, and the other way round, without waiting for another turn.
    package static func taints(of node: Node, turn: EvictionPace.Turn, now: Timestamp) -> [Taint] {
        var wanted: [(key: String, effect: String)] = []
        if !hasReported(node) {
            // Nobody knows yet what ails it; what it was created with stays.
            wanted += node.spec.taints.filter { [notReady, unreachable].contains($0.key) }.map { ($0.key, $0.effect) }
        } else if ready(node) != "True" {
            let key = ready(node) == "False" ? notReady : unreachable
            wanted.append((key, noSchedule))
            if turn == .now || turn != .stopped && isEvicting(node) { wanted.append((key, noExecute)) }
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
