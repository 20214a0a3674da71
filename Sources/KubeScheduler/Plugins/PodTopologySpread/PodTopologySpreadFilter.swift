internal import APIMachinery
internal import ControllerRuntime

/// Keeps the numbers of matching pods in topology domains within `maxSkew` of each other.
package struct PodTopologySpreadFilter: NodeFilter {
    package static let plugin = PluginName.podTopologySpread
    package static let events: ClusterEvents = [
        .nodeAdded, .nodeLabels, .nodeTaints, .nodeRemoved, .podPlaced, .podRemoved, .podChanged,
    ]

    private static let skewed = Verdict(plugin, ["node(s) didn't match pod topology spread constraints"])
    private static let unlabelled = Verdict(
        plugin, ["node(s) didn't match pod topology spread constraints (missing required label)"], isFinal: true)

    /// A constraint with what was counted for it.
    private struct Counted: Sendable {
        let constraint: SpreadConstraint
        /// Matching pods in each domain.
        var domains: [String: Int]
        /// Whether the pod itself will be counted.
        let countsItself: Bool

        /// With fewer domains than asked for, an imagined empty one is the least.
        var least: Int { domains.count < constraint.minDomains ? 0 : domains.values.min() ?? 0 }
    }

    private let counted: [(constraint: Counted, least: Int)]

    package let looksBeyondNode = true

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        let required = pod.spread.filter(\.isRequired)
        guard !required.isEmpty else { return nil }
        let counted = required.map { constraint in
            let own = constraint.selector.matches(pod.info.group.labels)
            return Counted(
                constraint: constraint,
                domains: SpreadCount.domains(of: constraint, among: required, pod, snapshot), countsItself: own)
        }
        return Self(counted: counted.map { ($0, $0.least) })
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        for (counted, least) in counted {
            let constraint = counted.constraint
            guard let domain = node.shape.labels[constraint.topologyKey] else { return Self.unlabelled }
            let count = counted.domains[domain, default: 0] + (counted.countsItself ? 1 : 0)
            if count - least > constraint.maxSkew { return Self.skewed }
        }
        return nil
    }

    package func details(on node: NodeInfo) -> [String] {
        counted.compactMap { counted, least in
            let constraint = counted.constraint
            guard let domain = node.shape.labels[constraint.topologyKey] else {
                return "no label \(constraint.topologyKey) to spread by"
            }
            let count = counted.domains[domain, default: 0]
            guard count + (counted.countsItself ? 1 : 0) - least > constraint.maxSkew else { return nil }
            return "\(constraint.topologyKey)=\(domain) has \(count) pods, another only \(least)"
                + " (maxSkew \(constraint.maxSkew))"
        }
    }
}

/// Counting for spread constraints.
enum SpreadCount {
    /// Matching pods for each value of the topology key, on the nodes that count.
    static func domains(
        of constraint: SpreadConstraint, among constraints: [SpreadConstraint], _ pod: PendingPod,
        _ snapshot: ClusterSnapshot
    ) -> [String: Int] {
        var memo = memo(constraint, pod)
        var domains: [String: Int] = [:]
        for node in snapshot.nodes {
            guard let domain = node.shape.labels[constraint.topologyKey],
                constraints.allSatisfy({ node.shape.labels[$0.topologyKey] != nil }),
                isIncluded(node, constraint, pod)
            else { continue }
            domains[domain, default: 0] += memo.count(on: node)
        }
        return domains
    }

    static func memo(_ constraint: SpreadConstraint, _ pod: PendingPod) -> GroupMemo {
        let namespace = pod.info.key.namespace
        return GroupMemo { group in
            !group.isTerminating && group.namespace == namespace && constraint.selector.matches(group.labels)
        }
    }

    static func isIncluded(_ node: NodeInfo, _ constraint: SpreadConstraint, _ pod: PendingPod) -> Bool {
        if !constraint.ignoresAffinity, !pod.demand.isNone, !pod.demand.matches(node.shape) { return false }
        if constraint.honorsTaints, !node.shape.taints.allSatisfy(pod.tolerations.tolerate) { return false }
        return true
    }
}
