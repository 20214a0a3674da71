internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Logging

/// Deletes objects whose owners have all gone, and lets owners go that wait for, or part with, their dependents.
///
/// **Flow.** ``ResourceMonitors`` keep the graph and say whom to look at; ``GarbagePlan`` decides; where the graph
/// does not know an owner, the server is asked, and the plan decides again.
///
/// **Guarantees.** Nothing is deleted on the word of a cache alone: an owner counts as gone only when the server
/// says so, or has another object of that name. Deletions carry the UID and the resource version that was looked
/// at.
struct GarbageCollectorController: Reconciler {
    /// An owner kind that nobody serves may still come: extension servers start late.
    private static let unknownKindPause = Duration.seconds(30)

    let context: ControllerContext
    let monitors: ResourceMonitors

    static func make(_ context: ControllerContext, _ monitors: ResourceMonitors) -> Controller {
        let queue = context.queue()
        monitors.onAffected { queue.add(ObjectKey(name: $0)) }
        return Controller(
            name: "garbage-collector", reconciler: GarbageCollectorController(context: context, monitors: monitors),
            queue: queue, workers: 10, logger: context.logger, companion: { try await monitors.run() })
    }

    /// - key: the name is a UID.
    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let node = monitors.withGraph({ $0[key.name] }) else { return .done }
        var absent: Set<String> = []
        var present: Set<String> = []
        while true {
            let plan = monitors.withGraph { GarbagePlan.decide(node, in: $0, absent: absent, present: present) }
            guard case .askAbout(let owners) = plan else { return try await act(plan, on: node) }
            for owner in owners {
                switch try await isThere(owner, for: node) {
                case true?: present.insert(owner.uid)
                case false?: absent.insert(owner.uid)
                case nil: return .requeue(after: Self.unknownKindPause)
                }
            }
        }
    }

    /// `nil` when the owner's kind is not served.
    private func isThere(_ owner: OwnerReference, for node: OwnerGraph.Node) async throws(StatusError) -> Bool? {
        guard let resource = monitors.resource(of: owner) else {
            monitors.refreshSoon()
            return nil
        }
        // An object of the whole cluster cannot have an owner in a namespace: nobody can say which is meant.
        if resource.isNamespaced, node.namespace.isEmpty { return true }
        let collection = ResourceCollection(
            client: context.client, resource: resource, namespace: resource.isNamespaced ? node.namespace : "")
        do throws(StatusError) { return try await collection.get(owner.name).metadata.uid == owner.uid } catch
            where error.reason == .notFound
        { return false }
    }

    // MARK: Acting

    private func act(_ plan: GarbagePlan, on node: OwnerGraph.Node) async throws(StatusError) -> ReconcileResult {
        switch plan {
        case .nothing, .askAbout, .waitForDependents([]):
            break
        case .waitForDependents(let uids):
            for uid in uids { if let dependent = monitors.withGraph({ $0[uid] }) { try await look(at: dependent) } }
        case .orphanDependents:
            for dependent in monitors.withGraph({ $0.dependents(of: node.uid) }) {
                try await dropOwners([node.uid], of: dependent)
            }
            try await removeFinalizer(OwnerGraph.orphan, from: node)
        case .finishForeground:
            try await removeFinalizer(OwnerGraph.foreground, from: node)
        case .dropOwners(let uids):
            try await dropOwners(uids, of: node)
        case .unblockOwners:
            try await unblockOwners(of: node)
        case .delete(let propagation):
            try await delete(node, propagation)
        }
        return .done
    }

    /// A dependent that its owner waits for is deleted now, whoever else looks at it later.
    private func look(at dependent: OwnerGraph.Node) async throws(StatusError) {
        let plan = monitors.withGraph { GarbagePlan.decide(dependent, in: $0, absent: [], present: []) }
        switch plan {
        case .delete(let propagation): try await delete(dependent, propagation)
        case .dropOwners(let uids): try await dropOwners(uids, of: dependent)
        case .unblockOwners: try await unblockOwners(of: dependent)
        case .nothing, .askAbout, .waitForDependents, .orphanDependents, .finishForeground: break
        }
    }

    private func collection(of node: OwnerGraph.Node) -> ResourceCollection {
        ResourceCollection(client: context.client, resource: node.resource, namespace: node.namespace)
    }

    /// The object as the server has it now; `nil` when it has gone, which the graph then learns, too.
    private func live(_ node: OwnerGraph.Node) async throws(StatusError) -> ObjectMeta? {
        do throws(StatusError) {
            let metadata = try await collection(of: node).get(node.name).metadata
            if metadata.uid == node.uid { return metadata }
        } catch where error.reason == .notFound {}
        monitors.forget(node.uid)
        return nil
    }

    private func delete(
        _ node: OwnerGraph.Node, _ propagation: GarbagePlan.Propagation
    ) async throws(StatusError) {
        guard let metadata = try await live(node), metadata.deletionTimestamp == nil,
            metadata.ownerReferences == node.owners
        else { return }
        // Whoever asked for another way of deletion, by a finalizer, gets it.
        let asked: GarbagePlan.Propagation =
            metadata.finalizers.contains(OwnerGraph.orphan)
            ? .orphan : metadata.finalizers.contains(OwnerGraph.foreground) ? .foreground : propagation
        context.logger.debug(
            "deleting garbage", metadata: ["resource": "\(node.resource.groupResource)", "name": "\(node.name)"])
        try await collection(of: node).delete(
            node.name, uid: node.uid, resourceVersion: metadata.resourceVersion, propagation: asked.rawValue)
    }

    private func dropOwners(_ uids: [String], of node: OwnerGraph.Node) async throws(StatusError) {
        guard let metadata = try await live(node) else { return }
        let kept = metadata.ownerReferences.filter { !uids.contains($0.uid) }
        guard kept.count != metadata.ownerReferences.count else { return }
        try await patch(node, metadata, "ownerReferences", .array(kept.map(\.value)))
    }

    /// The change comes back by the watch, and the object is then deleted.
    private func unblockOwners(of node: OwnerGraph.Node) async throws(StatusError) {
        guard let metadata = try await live(node) else { return }
        let owners = metadata.ownerReferences.map { owner in
            var owner = owner
            owner.blockOwnerDeletion = false
            return owner.value
        }
        try await patch(node, metadata, "ownerReferences", .array(owners))
    }

    private func removeFinalizer(_ finalizer: String, from node: OwnerGraph.Node) async throws(StatusError) {
        guard let metadata = try await live(node), metadata.finalizers.contains(finalizer) else { return }
        let kept = metadata.finalizers.filter { $0 != finalizer }
        try await patch(node, metadata, "finalizers", .array(kept.map(Value.string)))
    }

    private func patch(
        _ node: OwnerGraph.Node, _ metadata: ObjectMeta, _ field: String, _ value: Value
    ) async throws(StatusError) {
        var body: Value = ["metadata": ["resourceVersion": .string(metadata.resourceVersion)]]
        body[path: "metadata", "uid"] = .string(metadata.uid)
        body[path: "metadata", field] = value
        try await collection(of: node).patch(node.name, body)
    }
}
