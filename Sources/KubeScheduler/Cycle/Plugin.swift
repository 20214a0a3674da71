/// A condition a node must meet, made ready for one pod in one snapshot. Pure: no clock, no waiting.
package protocol NodeFilter: Sendable {
    static var plugin: PluginName { get }

    /// What could make this plugin say yes where it said no.
    static var events: ClusterEvents { get }

    /// Reads from the snapshot what all nodes need; `nil` when the pod asks nothing of this plugin.
    /// Throws when no node at all can do.
    static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) throws(GeneralRefusal) -> Self?

    /// The only nodes that can do, where the pod names them.
    var onlyNodes: Set<String>? { get }

    /// Whether the answer for a node depends on pods of other nodes.
    var looksBeyondNode: Bool { get }

    /// `nil` when the node does.
    func verdict(on node: NodeInfo) -> Verdict?

    /// The same for people: with the amounts and names that the verdict leaves out.
    func details(on node: NodeInfo) -> [String]
}

extension NodeFilter {
    package var onlyNodes: Set<String>? { nil }
    package var looksBeyondNode: Bool { false }
    package func details(on node: NodeInfo) -> [String] { verdict(on: node)?.reasons ?? [] }
}

/// How good a node is, made ready for one pod in one snapshot. Pure: no clock, no waiting.
package protocol NodeScorer: Sendable {
    static var plugin: PluginName { get }

    /// `nil` when the pod has no wish of this kind, so that all nodes are alike.
    static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]) -> Self?

    /// One score for each candidate, from 0 to ``NodeScore/best``.
    func scores(of candidates: [NodeInfo]) -> [Int64]
}

/// The scale of scores.
package enum NodeScore {
    package static let best: Int64 = 100

    /// Stretches scores so that the largest becomes ``best``.
    static func normalized(_ scores: [Int64], reversed: Bool = false) -> [Int64] {
        guard let largest = scores.max(), largest > 0 else {
            return reversed ? scores.map { _ in best } : scores
        }
        return scores.map { reversed ? best - best * $0 / largest : best * $0 / largest }
    }
}

/// A way to choose nodes, selected by a pod's `schedulerName`.
package struct Profile: Sendable {
    /// How one of the fitting nodes is chosen.
    package enum Choice: Sendable {
        /// The best by score; among equals, chance decides.
        case best
        /// The next fitting node, by name, after the one used last.
        case nextInTurn
    }

    package let name: String
    let filters: [any NodeFilter.Type]
    let scorers: [(weight: Int64, type: any NodeScorer.Type)]
    package let choice: Choice

    /// Upstream's filters in upstream's order: the first that refuses a node gives the reason.
    static let allFilters: [any NodeFilter.Type] = [
        NodeUnschedulableFilter.self, NodeNameFilter.self, TaintTolerationFilter.self, NodeAffinityFilter.self,
        NodePortsFilter.self, NodeResourcesFilter.self, VolumeRestrictionsFilter.self, VolumeBindingFilter.self,
        PodTopologySpreadFilter.self, InterPodAffinityFilter.self,
    ]

    /// Upstream's default profile with its weights.
    package static let standard = Profile(
        name: "default-scheduler", filters: allFilters,
        scorers: [
            (3, TaintTolerationScorer.self), (2, NodeAffinityScorer.self), (1, LeastAllocatedScorer.self),
            (2, PodTopologySpreadScorer.self), (2, InterPodAffinityScorer.self),
            (1, BalancedAllocationScorer.self), (1, ImageLocalityScorer.self),
        ],
        choice: .best)

    /// Gives pods to the fitting nodes in turn.
    package static let roundRobin = Profile(
        name: "round-robin", filters: allFilters, scorers: [], choice: .nextInTurn)
}
