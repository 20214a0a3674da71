internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Deletes pods that do not tolerate, or no longer tolerate, the `NoExecute` taints of their node.
///
/// **Guarantees.** A taint that goes before the time is up saves the pod: the time is looked at again when it is.
struct TaintEvictionController: Reconciler {
    let context: ControllerContext
    let nodes: Informer<Node>
    let pods: Informer<Pod>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let nodes = context.informers.informer(Node.self)
        let pods = PodsByNode.informer(context)
        nodes.addHandler { event in
            if case .deleted = event { return }
            if case .updated(let old, let new) = event, old.spec.taints == new.spec.taints { return }
            guard event.object.spec.taints.contains(where: { $0.effect == "NoExecute" }) else { return }
            for pod in PodsByNode.list(pods, event.object.metadata.name) { queue.add(ObjectKey(pod)) }
        }
        pods.addHandler { event in
            if case .deleted = event { return }
            if case .updated(let old, let new) = event, old.spec.nodeName == new.spec.nodeName,
                old.spec.tolerations == new.spec.tolerations, old.metadata.uid == new.metadata.uid
            {
                return
            }
            if !event.object.spec.nodeName.isEmpty { queue.add(ObjectKey(event.object)) }
        }
        let reconciler = TaintEvictionController(context: context, nodes: nodes, pods: pods)
        return Controller(
            name: "taint-eviction", reconciler: reconciler, queue: queue, workers: 8, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await nodes.waitForSync()
        guard let pod = pods.get(key), !pod.metadata.isBeingDeleted, !pod.hasFinished,
            let node = nodes.get(ObjectKey(name: pod.spec.nodeName))
        else { return .done }
        switch TaintEvictionPlan.decide(pod, taints: node.spec.taints, now: context.time.now) {
        case .stay: return .done
        case .wait(let pause): return .requeue(after: pause)
        case .evict:
            try await evict(pod)
            return .done
        }
    }

    private func evict(_ pod: Pod) async throws(StatusError) {
        context.recorder.event(
            pod, .normal, reason: "TaintManagerEviction", "Marking for deletion Pod \(ObjectKey(pod))")
        var marked = pod
        var condition = PodCondition()
        condition.type = "DisruptionTarget"
        condition.status = "True"
        condition.reason = "DeletionByTaintManager"
        condition.message = "Taint manager: deleting due to NoExecute taint"
        do throws(StatusError) {
            if marked.setCondition(condition, now: context.time.now) {
                _ = try await context.client.updateStatus(marked)
            }
            try await context.client.delete(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace,
                options: DeletionOptions(uid: pod.metadata.uid))
        } catch where error.reason == .notFound {}
    }
}
