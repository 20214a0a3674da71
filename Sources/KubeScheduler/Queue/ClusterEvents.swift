/// What can happen in a cluster that may let a pod fit that did not fit before.
package struct ClusterEvents: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let nodeAdded = ClusterEvents(rawValue: 1 << 0)
    package static let nodeAllocatable = ClusterEvents(rawValue: 1 << 1)
    package static let nodeLabels = ClusterEvents(rawValue: 1 << 2)
    package static let nodeTaints = ClusterEvents(rawValue: 1 << 3)
    package static let nodeRemoved = ClusterEvents(rawValue: 1 << 4)
    /// A pod got a node.
    package static let podPlaced = ClusterEvents(rawValue: 1 << 5)
    /// A placed pod is gone or has finished.
    package static let podRemoved = ClusterEvents(rawValue: 1 << 6)
    /// Labels of a placed pod, or it asks for less.
    package static let podChanged = ClusterEvents(rawValue: 1 << 7)
    /// Claims, volumes and storage classes.
    package static let storage = ClusterEvents(rawValue: 1 << 8)
    package static let namespaceLabels = ClusterEvents(rawValue: 1 << 9)

    package static let anyNode: ClusterEvents = [.nodeAdded, .nodeAllocatable, .nodeLabels, .nodeTaints]
    package static let all = ClusterEvents(rawValue: 0x3ff)

    /// How many kinds there are.
    static let kinds = 10
}
