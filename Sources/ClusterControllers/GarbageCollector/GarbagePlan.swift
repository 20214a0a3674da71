package import APITypes

/// What to do about one object, given what is known of its owners.
package enum GarbagePlan: Sendable, Equatable {
    case nothing
    /// Take this object out of its dependents' owners, then let it go.
    case orphanDependents
    /// Nothing blocks it any more: take the finalizer away.
    case finishForeground
    /// Others must go first; look at them.
    case waitForDependents([String])
    /// Ask the server about these owners, which the graph does not have, and decide again.
    case askAbout([OwnerReference])
    /// Some owners hold it; forget the ones that have gone or are going.
    case dropOwners([String])
    /// Its dependents wait for it while it would wait for them: its owners no longer have to wait for it.
    case unblockOwners
    /// No owner is left.
    case delete(Propagation)

    /// How the object's own dependents are treated.
    package enum Propagation: String, Sendable, Equatable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// - absent: UIDs of owners that the server, asked, does not have.
    /// - present: UIDs of owners that the server has although the graph has not seen them yet.
    package static func decide(
        _ node: OwnerGraph.Node, in graph: OwnerGraph, absent: Set<String>, present: Set<String>
    ) -> GarbagePlan {
        if node.isOrphaningDependents { return .orphanDependents }
        if node.isDeletingDependents {
            let blocking = graph.blockingDependents(of: node.uid)
            if blocking.isEmpty { return .finishForeground }
            return .waitForDependents(blocking.filter { !$0.isDeletingDependents }.map(\.uid).sorted())
        }
        guard !node.isBeingDeleted, !node.owners.isEmpty else { return .nothing }
        var solid = 0
        var waiting: [String] = []
        var dangling: [String] = []
        var unknown: [OwnerReference] = []
        for owner in node.owners {
            if absent.contains(owner.uid) {
                dangling.append(owner.uid)
            } else if let known = graph[owner.uid], isReachable(known, from: node) {
                if known.isDeletingDependents { waiting.append(owner.uid) } else { solid += 1 }
            } else if present.contains(owner.uid) {
                solid += 1
            } else {
                unknown.append(owner)
            }
        }
        if !unknown.isEmpty { return .askAbout(unknown) }
        if solid > 0 { return dangling.isEmpty && waiting.isEmpty ? .nothing : .dropOwners(dangling + waiting) }
        // A foreground deletion goes down: this object's dependents go before it does.
        let dependents = graph.dependents(of: node.uid)
        guard !waiting.isEmpty, !dependents.isEmpty else { return .delete(.background) }
        let isInCircle = dependents.contains(where: \.isDeletingDependents)
        let blocksOwners = node.owners.contains { $0.blockOwnerDeletion == true }
        return isInCircle && blocksOwners ? .unblockOwners : .delete(.foreground)
    }

    /// Owners are in the same namespace, or in none.
    private static func isReachable(_ owner: OwnerGraph.Node, from node: OwnerGraph.Node) -> Bool {
        owner.namespace.isEmpty || owner.namespace == node.namespace
    }
}
