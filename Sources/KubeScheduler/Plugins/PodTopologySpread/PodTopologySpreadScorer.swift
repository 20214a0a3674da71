internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
private import Glibc

/// Prefers nodes in domains with fewer matching pods: by the pod's own `ScheduleAnyway` constraints, or,
/// where it has no constraints at all, by services and workloads it belongs to, over nodes and zones.
package struct PodTopologySpreadScorer: NodeScorer {
    package static let plugin = PluginName.podTopologySpread

    private static let hostname = "kubernetes.io/hostname"
    private static let zone = "topology.kubernetes.io/zone"

    private struct Weighted: Sendable {
        let constraint: SpreadConstraint
        /// Domains are few or many: the logarithm keeps a constraint over many from drowning the others.
        let weight: Double
        /// Empty for the hostname, which is counted on the node itself.
        let domains: [String: Int]
    }

    private let weighted: [Weighted]
    private let pod: PendingPod
    /// Nodes without the label of any constraint are out; the default constraints are more lenient.
    private let needsAllLabels: Bool

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        let own = pod.spread.filter { !$0.isRequired }
        let constraints = pod.spread.isEmpty ? defaults(for: pod, snapshot) : own
        guard !constraints.isEmpty else { return nil }
        let needsAllLabels = !pod.spread.isEmpty
        let counting = candidates.filter { node in
            !needsAllLabels || constraints.allSatisfy { node.shape.labels[$0.topologyKey] != nil }
        }
        let weighted = constraints.map { constraint -> Weighted in
            if constraint.topologyKey == hostname {
                return Weighted(constraint: constraint, weight: log(Double(counting.count + 2)), domains: [:])
            }
            let reached = Set(counting.compactMap { $0.shape.labels[constraint.topologyKey] })
            let required = needsAllLabels ? constraints : []
            let all =
                reached.isEmpty ? [:] : SpreadCount.domains(of: constraint, among: required, pod, snapshot)
            return Weighted(
                constraint: constraint, weight: log(Double(reached.count + 2)),
                domains: all.filter { reached.contains($0.key) })
        }
        return Self(weighted: weighted, pod: pod, needsAllLabels: needsAllLabels)
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        var raw: [Int64?] = candidates.map { node in
            needsAllLabels && weighted.contains { node.shape.labels[$0.constraint.topologyKey] == nil } ? nil : 0
        }
        var sums = [Double](repeating: 0, count: candidates.count)
        for weighted in weighted {
            var memo = SpreadCount.memo(weighted.constraint, pod)
            for (index, node) in candidates.enumerated() where raw[index] != nil {
                guard let domain = node.shape.labels[weighted.constraint.topologyKey] else { continue }
                let isHost = weighted.constraint.topologyKey == Self.hostname
                let count = isHost ? memo.count(on: node) : weighted.domains[domain, default: 0]
                sums[index] += Double(count) * weighted.weight + Double(weighted.constraint.maxSkew - 1)
            }
        }
        for index in raw.indices where raw[index] != nil { raw[index] = Int64(sums[index].rounded()) }
        let known = raw.compactMap(\.self)
        guard let least = known.min(), let most = known.max() else { return candidates.map { _ in 0 } }
        return raw.map { score in
            guard let score else { return 0 }
            return most == 0 ? NodeScore.best : NodeScore.best * (most + least - score) / most
        }
    }

    /// Upstream's system defaults: nodes with skew 3, zones with skew 5, for what selects this pod.
    private static func defaults(for pod: PendingPod, _ snapshot: ClusterSnapshot) -> [SpreadConstraint] {
        let namespace = pod.info.key.namespace
        var requirements: [LabelRequirement] = []
        for selector in (snapshot.services[namespace] ?? [:]).values
        where selector.matches(pod.info.group.labels) { requirements += selector.requirements }
        if let owner = pod.owner,
            let selector = snapshot.workloads[
                WorkloadKey(kind: owner.kind, namespace: namespace, name: owner.name)]
        {
            requirements += selector.requirements
        }
        guard !requirements.isEmpty else { return [] }
        let selector = Selector(requirements)
        return [(hostname, 3), (zone, 5)].map { key, skew in
            SpreadConstraint(topologyKey: key, maxSkew: skew, selector: selector, isRequired: false)
        }
    }
}
