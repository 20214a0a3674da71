/// Required affinity and anti-affinity between pods, in both directions.
package struct InterPodAffinityFilter: NodeFilter {
    package static let plugin = PluginName.interPodAffinity
    package static let events: ClusterEvents = [
        .nodeAdded, .nodeLabels, .podPlaced, .podRemoved, .podChanged, .namespaceLabels,
    ]

    private static let lonely = Verdict(plugin, ["node(s) didn't match pod affinity rules"], isFinal: true)
    private static let crowded = Verdict(plugin, ["node(s) didn't match pod anti-affinity rules"])
    private static let unwelcome = Verdict(plugin, ["node(s) didn't satisfy existing pods anti-affinity rules"])

    private var affinity: [AffinityTerm] = []
    private var antiAffinity: [AffinityTerm] = []
    /// Where pods are that match all of the pod's affinity terms.
    private var near = TopologyCounts()
    private var far = TopologyCounts()
    /// Where pods are that do not want this one.
    private var unwelcoming = TopologyCounts()
    /// The first of a group that wants to be together may go anywhere.
    private var mayBeFirst = false

    package let looksBeyondNode = true

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        var filter = Self()
        filter.affinity = pod.info.affinity?.required ?? []
        filter.antiAffinity = pod.info.affinity?.requiredAnti ?? []
        filter.readRefusals(of: pod, snapshot)
        if filter.affinity.isEmpty, filter.antiAffinity.isEmpty {
            return filter.unwelcoming.isEmpty ? nil : filter
        }
        filter.readWishes(of: pod, snapshot)
        return filter
    }

    private mutating func readRefusals(of pod: PendingPod, _ snapshot: ClusterSnapshot) {
        guard snapshot.podsWithAffinity > 0 else { return }
        for node in snapshot.nodes where !node.podsWithAffinity.isEmpty {
            for other in node.podsWithAffinity {
                for term in other.affinity?.requiredAnti ?? []
                where term.matches(pod.info.group, snapshot.namespaceLabels) {
                    unwelcoming.add(1, key: term.topologyKey, on: node.shape)
                }
            }
        }
    }

    private mutating func readWishes(of pod: PendingPod, _ snapshot: ClusterSnapshot) {
        let namespaces = snapshot.namespaceLabels
        let (wanted, unwanted) = (affinity, antiAffinity)
        var all = GroupMemo { group in !wanted.isEmpty && wanted.allSatisfy { $0.matches(group, namespaces) } }
        var anti = unwanted.map { term in GroupMemo { term.matches($0, namespaces) } }
        for node in snapshot.nodes {
            for entry in node.groups {
                if all.holds(for: entry.group) {
                    for term in wanted { near.add(Int64(entry.count), key: term.topologyKey, on: node.shape) }
                }
                for (index, term) in unwanted.enumerated() where anti[index].holds(for: entry.group) {
                    far.add(Int64(entry.count), key: term.topologyKey, on: node.shape)
                }
            }
        }
        mayBeFirst = near.isEmpty && wanted.allSatisfy { $0.matches(pod.info.group, namespaces) }
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        let shape = node.shape
        if !affinity.isEmpty, !isNear(shape) { return Self.lonely }
        if antiAffinity.contains(where: { far.sum(key: $0.topologyKey, on: shape) ?? 0 > 0 }) { return Self.crowded }
        if unwelcoming.hasAny(on: shape) { return Self.unwelcome }
        return nil
    }

    private func isNear(_ shape: NodeShape) -> Bool {
        guard affinity.allSatisfy({ shape.labels[$0.topologyKey] != nil }) else { return false }
        if affinity.allSatisfy({ near.sum(key: $0.topologyKey, on: shape) ?? 0 > 0 }) { return true }
        return mayBeFirst
    }
}
