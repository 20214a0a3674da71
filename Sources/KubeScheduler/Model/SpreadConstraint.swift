package import APIMachinery
internal import APITypes

/// One of a pod's topology spread constraints, ready to be counted.
package struct SpreadConstraint: Sendable {
    package let topologyKey: String
    package let maxSkew: Int
    package let minDomains: Int
    package let selector: Selector
    package let isRequired: Bool
    /// Nodes that the pod's node affinity excludes count, too.
    package let ignoresAffinity: Bool
    /// Nodes whose taints the pod does not tolerate do not count.
    package let honorsTaints: Bool

    package init(
        topologyKey: String, maxSkew: Int, minDomains: Int = 1, selector: Selector, isRequired: Bool,
        ignoresAffinity: Bool = false, honorsTaints: Bool = false
    ) {
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
        self.minDomains = minDomains
        self.selector = selector
        self.isRequired = isRequired
        self.ignoresAffinity = ignoresAffinity
        self.honorsTaints = honorsTaints
    }

    init(_ constraint: TopologySpreadConstraint, labels: [String: String]) {
        self.init(
            topologyKey: constraint.topologyKey, maxSkew: Int(constraint.maxSkew),
            minDomains: Int(constraint.minDomains ?? 1),
            selector: Selector.of(constraint.labelSelector).adding(keys: constraint.matchLabelKeys, of: labels),
            isRequired: constraint.whenUnsatisfiable != "ScheduleAnyway",
            ignoresAffinity: constraint.nodeAffinityPolicy == "Ignore",
            honorsTaints: constraint.nodeTaintsPolicy == "Honor")
    }
}
