internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Synchronization

/// Deletes pods that no kubelet will finish: of nodes that are gone, terminating without ever having had a node, and
/// the oldest of too many finished ones.
///
/// **Guarantees.** Before a pod is deleted for its node, the server itself is asked for the node.
struct PodGCController: Reconciler {
    private static let byNode = "node"
    private static let finished = "finished"
    /// The key under which the number of finished pods is looked at.
    private static let countKey = ObjectKey(name: "finished pods")

    private let context: ControllerContext
    private let pods: Informer<Pod>
    private let nodes: Informer<Node>
    private let absences: NodeAbsences

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let pods = PodsByNode.informer(context)
        let nodes = context.informers.informer(Node.self)
        let absences = NodeAbsences()
        pods.addIndex(finished) { $0.hasFinished ? [""] : [] }
        pods.addHandler { event in
            if case .deleted = event { return }
            let pod = event.object
            if pod.hasFinished, pods.list(index: finished, "").count > PodGCPlan.finishedMax { queue.add(countKey) }
            if pod.spec.nodeName.isEmpty ? pod.metadata.isBeingDeleted : nodes.get(ObjectKey(name: pod.spec.nodeName)) == nil {
                queue.add(ObjectKey(pod))
            }
        }
        nodes.addHandler { event in
            guard case .deleted(let node) = event else { return absences.end(event.object.metadata.name) }
            for pod in PodsByNode.list(pods, node.metadata.name) { queue.add(ObjectKey(pod)) }
        }
        let reconciler = PodGCController(context: context, pods: pods, nodes: nodes, absences: absences)
        return Controller(name: "pod-garbage-collector", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await nodes.waitForSync()
        if key == Self.countKey {
            for pod in PodGCPlan.surplus(pods.list(index: Self.finished, "")) { try await delete(pod, nil) }
            return .done
        }
        guard let pod = pods.get(key) else { return .done }
        var absence: Duration?
        if !pod.spec.nodeName.isEmpty, nodes.get(ObjectKey(name: pod.spec.nodeName)) == nil {
            absence = absences.length(pod.spec.nodeName, at: context.time.uptime)
        }
        switch PodGCPlan.decide(pod, absentFor: absence) {
        case .keep: return .done
        case .wait(let pause): return .requeue(after: pause)
        case .delete(let reason):
            if reason == .orphaned, try await context.client.getIfPresent(Node.self, pod.spec.nodeName) != nil {
                return .done
            }
            try await delete(pod, reason)
            return .done
        }
    }

    private func delete(_ pod: Pod, _ reason: PodGCPlan.Reason?) async throws(StatusError) {
        do throws(StatusError) {
            if let reason, reason == .orphaned, !pod.hasFinished { try await markFailed(pod, reason) }
            try await context.client.delete(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace,
                options: DeletionOptions(gracePeriodSeconds: 0, uid: pod.metadata.uid))
        } catch where error.reason == .notFound {}
    }

    /// Tells those who wait for the pod that it did not end by itself.
    private func markFailed(_ pod: Pod, _ reason: PodGCPlan.Reason) async throws(StatusError) {
        var failed = pod
        var condition = PodCondition()
        condition.type = "DisruptionTarget"
        condition.status = "True"
        condition.reason = "DeletionByPodGC"
        condition.message = reason.rawValue
        _ = failed.setCondition(condition, now: context.time.now)
        let conditions = failed.status.conditions.filter { $0.type == condition.type }.map(\.value)
        _ = try await context.client.patch(
            Pod.self, pod.metadata.name, namespace: pod.metadata.namespace, subresource: "status",
            .strategic([
                "metadata": ["uid": .string(pod.metadata.uid)],
                "status": ["phase": "Failed", "conditions": .array(conditions)],
            ]))
    }
}

/// Since when nodes with pods have been missing.
private final class NodeAbsences: Sendable {
    private let since = Mutex<[String: Duration]>([:])

    func length(_ node: String, at uptime: Duration) -> Duration {
        since.withLock { since in
            let start = since[node] ?? uptime
            since[node] = start
            return uptime - start
        }
    }

    func end(_ node: String) { since.withLock { $0[node] = nil } }
}
