internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Notices nodes that have fallen silent, taints nodes by their conditions, and calls the pods of lost nodes not
/// ready.
///
/// **Flow.** A lease or a status renewed is a sign of life; a timer per node waits for the silence to become too
/// long; ``NodeLifecyclePlan`` says what that means.
///
/// **Guarantees.** A node is called silent only after this process itself has listened for the whole grace period.
struct NodeLifecycleController: Reconciler {
    private static let leaseNamespace = "kube-node-lease"

    let context: ControllerContext
    let nodes: Informer<Node>
    let leases: Informer<Lease>
    let pods: Informer<Pod>
    let grace: Duration
    private let heartbeats = NodeHeartbeats()

    static func make(_ context: ControllerContext, grace: Duration) -> Controller {
        let queue = context.queue()
        let nodes = context.informers.informer(Node.self)
        let leases = context.informers.informer(Lease.self)
        let pods = PodsByNode.informer(context)
        nodes.addHandler { event in
            queue.add(ObjectKey(event.object))
            // The first node to become ready, or the last to fall, changes what the others' silence means.
            guard case .updated(let old, let new) = event,
                NodeLifecyclePlan.ready(old) != NodeLifecyclePlan.ready(new)
            else { return }
            for key in nodes.keys { queue.add(key) }
        }
        pods.addHandler { event in
            // A pod that appears on a node that is lost already is not ready, whatever it says.
            guard event.object.isReady, let node = nodes.get(ObjectKey(name: event.object.spec.nodeName)),
                NodeLifecyclePlan.ready(node) != "True"
            else { return }
            queue.add(ObjectKey(node))
        }
        let reconciler = NodeLifecycleController(
            context: context, nodes: nodes, leases: leases, pods: pods, grace: grace)
        return Controller(
            name: "node-lifecycle", reconciler: reconciler, queue: queue, workers: 4, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await nodes.waitForSync()
        await leases.waitForSync()
        await pods.waitForSync()
        guard let node = nodes.get(key) else {
            heartbeats.forget(key.name)
            return .done
        }
        let lease = leases.get(ObjectKey(namespace: Self.leaseNamespace, name: key.name))
        let silence = heartbeats.silence(of: node, lease: lease, at: context.time.uptime)
        let isSilent = silence >= grace
        do throws(StatusError) { try await act(on: node, isSilent) } catch {
            guard error.reason == .notFound else { throw error }
            return .done
        }
        // Heartbeats come every ten seconds; the timer only has to see the last of them grow old.
        return .requeue(after: isSilent ? grace : grace - silence)
    }

    private func act(on node: Node, _ isSilent: Bool) async throws(StatusError) {
        let told = try await tellSilence(of: node, isSilent)
        try await taint(told)
        if NodeLifecyclePlan.ready(told) != "True" { try await markPods(of: told) }
    }

    private func tellSilence(of node: Node, _ isSilent: Bool) async throws(StatusError) -> Node {
        var told = node
        told.status.conditions = NodeLifecyclePlan.conditions(of: node, isSilent: isSilent, now: context.time.now)
        guard told != node else { return node }
        context.recorder.event(
            node, .normal, reason: "NodeNotReady", "Node \(node.metadata.name) status is now: NodeNotReady")
        let written = try await context.client.updateStatus(told)
        await nodes.catchUp(to: written.metadata.resourceVersion)
        return written
    }

    private func taint(_ node: Node) async throws(StatusError) {
        let isAnyReady = nodes.list().contains { NodeLifecyclePlan.ready($0) == "True" }
        var tainted = node
        tainted.spec.taints = NodeLifecyclePlan.taints(of: node, evicts: isAnyReady, now: context.time.now)
        guard tainted != node else { return }
        let written = try await context.client.update(tainted)
        await nodes.catchUp(to: written.metadata.resourceVersion)
    }

    /// Services must not send anybody to a node that may be dead.
    private func markPods(of node: Node) async throws(StatusError) {
        for pod in PodsByNode.list(pods, node.metadata.name) where pod.isReady {
            var marked = pod
            guard let index = marked.status.conditions.firstIndex(where: { $0.type == "Ready" }) else { continue }
            marked.status.conditions[index].status = "False"
            marked.status.conditions[index].lastTransitionTime = context.time.now
            do throws(StatusError) {
                let written = try await context.client.updateStatus(marked)
                await pods.catchUp(to: written.metadata.resourceVersion)
                context.recorder.event(pod, .warning, reason: "NodeNotReady", "Node is not ready")
            } catch where error.reason == .notFound {}
        }
    }
}
