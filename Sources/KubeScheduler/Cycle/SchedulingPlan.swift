internal import ControllerRuntime

/// What one cycle decided about one pod, and why.
package struct SchedulingPlan: Sendable {
    package enum Decision: Sendable {
        case place(node: String)
        /// The node does, but volumes must be there first; the pod is looked at again once they are.
        case awaitVolumes(node: String, choices: [VolumeChoice])
        /// No node does. `preemption` is what could be done about it.
        case reject(message: String, preemption: Preemption)
    }

    /// Making room by removing less important pods.
    package enum Preemption: Sendable {
        /// The victims must go; the pod waits for the node.
        case evict(node: String, victims: [PodInfo])
        /// Nothing helps, and a place promised earlier is given up.
        case useless
        /// Victims are going already: the promise stands.
        case pending
    }

    /// What each plugin gave a node, weights applied.
    package struct NodeScores: Sendable {
        package let node: String
        package let total: Int64
        package let byPlugin: [(plugin: PluginName, score: Int64)]
    }

    package let decision: Decision
    package let verdicts: NodeVerdicts
    /// Set when the pod can go nowhere whatever the nodes are like.
    package let refusal: GeneralRefusal?
    /// The chosen node and the best of the others; empty where nothing was compared.
    package let scores: [NodeScores]
    /// With at most ``explainedNodesMax`` nodes: for each that does not do, everything that speaks against it.
    package let details: [(node: String, reasons: [String])]
    /// Where the next cycle of this profile begins.
    package let cursor: Cursor

    /// Larger clusters get counts, not lists.
    package static let explainedNodesMax = 10

    /// What could let a rejected pod fit.
    package var events: ClusterEvents {
        var plugins = verdicts.plugins
        if let refusal { plugins.insert(refusal.plugin) }
        var events: ClusterEvents = plugins.isEmpty ? .nodeAdded : []
        for filter in Profile.allFilters where plugins.contains(filter.plugin) { events.formUnion(filter.events) }
        return events
    }
}

/// Where a profile stands in the row of nodes.
package struct Cursor: Sendable, Equatable {
    /// The first node the next sample looks at.
    package var start = 0
    /// The node used last, for profiles that take turns.
    package var lastNode = ""

    package init() {}
}
