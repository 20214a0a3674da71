package import APITypes
package import ControllerRuntime
internal import Determinism

/// Who owns whom: every object of the cluster, slim, with its dependents.
///
/// Pure: each change says which objects have to be looked at because of it.
package struct OwnerGraph: Sendable {
    /// What the graph keeps of an object.
    package struct Node: Sendable, Equatable {
        package var resource: ServerResource
        package var namespace: String
        package var name: String
        package var uid: String
        package var owners: [OwnerReference]
        package var isBeingDeleted: Bool
        /// Deleted with `Foreground`: waits for its dependents.
        package var isDeletingDependents: Bool
        /// Deleted with `Orphan`: its dependents are to stay.
        package var isOrphaningDependents: Bool

        package init(_ metadata: ObjectMeta, of resource: ServerResource) {
            self.resource = resource
            namespace = metadata.namespace
            name = metadata.name
            uid = metadata.uid
            owners = metadata.ownerReferences
            isBeingDeleted = metadata.deletionTimestamp != nil
            isDeletingDependents = isBeingDeleted && metadata.finalizers.contains(OwnerGraph.foreground)
            isOrphaningDependents = isBeingDeleted && metadata.finalizers.contains(OwnerGraph.orphan)
        }
    }

    package static let foreground = "foregroundDeletion"
    package static let orphan = "orphan"

    private var nodes: [String: Node] = [:]
    private var dependents: [String: Set<String>] = [:]

    package init() {}

    package subscript(_ uid: String) -> Node? { nodes[uid] }

    package func dependents(of uid: String) -> [Node] {
        (dependents[uid] ?? []).compactMap { nodes[$0] }
    }

    /// Dependents whose going the owner's own going waits for.
    package func blockingDependents(of uid: String) -> [Node] {
        dependents(of: uid).filter { node in
            node.owners.contains { $0.uid == uid && $0.blockOwnerDeletion == true }
        }
    }

    package func uids(of resource: ServerResource) -> Set<String> {
        Set(nodes.values.lazy.filter { $0.resource == resource }.map(\.uid))
    }

    // MARK: Changes

    /// An object is there, or has changed. Returns the UIDs to look at.
    package mutating func put(_ node: Node) -> Set<String> {
        let old = nodes.updateValue(node, forKey: node.uid)
        var affected: Set<String> = []
        let before = Set((old?.owners ?? []).map(\.uid))
        let after = Set(node.owners.map(\.uid))
        for owner in before.subtracting(after) { unlink(node.uid, from: owner) }
        for owner in after.subtracting(before) { dependents[owner, default: []].insert(node.uid) }
        if !node.owners.isEmpty, old?.owners != node.owners,
            after.contains(where: { nodes[$0].map(\.isDeletingDependents) ?? true })
        {
            affected.insert(node.uid)
        }
        // An owner that waits may have nothing to wait for any more.
        for owner in before where old?.owners != node.owners && nodes[owner]?.isDeletingDependents == true {
            affected.insert(owner)
        }
        if node.isOrphaningDependents, old?.isOrphaningDependents != true { affected.insert(node.uid) }
        if node.isDeletingDependents, old?.isDeletingDependents != true {
            affected.insert(node.uid)
            affected.formUnion(dependents[node.uid] ?? [])
        }
        return affected
    }

    /// An object has gone. Returns the UIDs to look at.
    package mutating func remove(_ uid: String) -> Set<String> {
        guard let node = nodes.removeValue(forKey: uid) else { return [] }
        var affected = dependents[uid] ?? []
        for owner in Set(node.owners.map(\.uid)) {
            unlink(uid, from: owner)
            if nodes[owner]?.isDeletingDependents == true { affected.insert(owner) }
        }
        return affected
    }

    private mutating func unlink(_ uid: String, from owner: String) {
        dependents[owner]?.remove(uid)
        if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
    }
}
