internal import APITypes

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

extension [Toleration] {
    func tolerate(_ taint: Taint) -> Bool { contains { $0.tolerates(taint) } }
}

extension Toleration {
    /// An empty effect tolerates all effects; an empty key with `Exists` all taints.
    func tolerates(_ taint: Taint) -> Bool {
        guard effect.isEmpty || effect == taint.effect, key.isEmpty || key == taint.key else { return false }
        switch `operator` {
        case "", "Equal": return !key.isEmpty && value == taint.value
        case "Exists": return true
        case "Lt": return Self.compare(taint.value, value, <)
        case "Gt": return Self.compare(taint.value, value, >)
        case _: return false
        }
    }

    private static func compare(_ left: String, _ right: String, _ isOrdered: (Int64, Int64) -> Bool) -> Bool {
        guard let left = Int64(left), let right = Int64(right) else { return false }
        return isOrdered(left, right)
    }
}
