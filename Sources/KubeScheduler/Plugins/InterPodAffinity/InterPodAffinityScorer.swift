/// Preferred affinity and anti-affinity between pods, in both directions.
package struct InterPodAffinityScorer: NodeScorer {
    package static let plugin = PluginName.interPodAffinity

    /// What a pod's required affinity for this one is worth.
    private static let hardAffinityWeight: Int64 = 1

    private var counts = TopologyCounts()

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        let wishes = pod.info.affinity.map { !$0.preferred.isEmpty || !$0.preferredAnti.isEmpty } ?? false
        guard wishes || snapshot.podsWithAffinity > 0 else { return nil }
        var scorer = Self()
        if wishes { scorer.readWishes(of: pod, snapshot) }
        if snapshot.podsWithAffinity > 0 { scorer.readOthers(pod, snapshot) }
        return scorer.counts.isEmpty ? nil : scorer
    }

    private mutating func readWishes(of pod: PendingPod, _ snapshot: ClusterSnapshot) {
        let namespaces = snapshot.namespaceLabels
        let near = pod.info.affinity?.preferred ?? []
        let far = pod.info.affinity?.preferredAnti ?? []
        for (term, weight) in near.map({ ($0, $0.weight) }) + far.map({ ($0, -$0.weight) }) {
            var memo = GroupMemo { term.matches($0, namespaces) }
            for node in snapshot.nodes {
                let count = memo.count(on: node)
                if count > 0 { counts.add(weight * Int64(count), key: term.topologyKey, on: node.shape) }
            }
        }
    }

    private mutating func readOthers(_ pod: PendingPod, _ snapshot: ClusterSnapshot) {
        for node in snapshot.nodes {
            for other in node.podsWithAffinity {
                guard let affinity = other.affinity else { continue }
                let terms =
                    affinity.required.map { ($0, Self.hardAffinityWeight) }
                    + affinity.preferred.map { ($0, $0.weight) } + affinity.preferredAnti.map { ($0, -$0.weight) }
                for (term, weight) in terms where term.matches(pod.info.group, snapshot.namespaceLabels) {
                    counts.add(weight, key: term.topologyKey, on: node.shape)
                }
            }
        }
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        let raw = candidates.map { counts.total(on: $0.shape) }
        guard let least = raw.min(), let most = raw.max(), most > least else { return raw.map { _ in 0 } }
        return raw.map { NodeScore.best * ($0 - least) / (most - least) }
    }
}
