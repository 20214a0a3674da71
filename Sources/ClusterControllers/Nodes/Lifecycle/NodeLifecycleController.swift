internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Synchronization

/// Notices nodes that have fallen silent, taints nodes by their conditions, and calls the pods of lost nodes not
/// ready.
///
/// **Flow.** A lease or a status renewed is a sign of life; a timer per node waits for the silence to become too
/// long; ``NodeLifecyclePlan`` says what that means, ``EvictionPace`` when its pods may be driven out.
///
/// **Guarantees.** A node is called silent only after this process itself has listened for the whole grace period.
struct NodeLifecycleController: Reconciler {
    private static let leaseNamespace = "kube-node-lease"

    let context: ControllerContext
    let nodes: Informer<Node>
    let leases: Informer<Lease>
    let pods: Informer<Pod>
    let settings: NodeLifecycleSettings
    private let heartbeats = NodeHeartbeats()
    private let pace: SharedPace

    static func make(_ context: ControllerContext, _ settings: NodeLifecycleSettings) -> Controller {
        let queue = context.queue()
        let nodes = context.informers.informer(Node.self)
        let leases = context.informers.informer(Lease.self)
        let pods = PodsByNode.informer(context)
        nodes.addHandler { event in
            queue.add(ObjectKey(event.object))
            // How many are ready changes what the silence of the others means.
            switch event {
            case .updated(let old, let new) where NodeLifecyclePlan.ready(old) == NodeLifecyclePlan.ready(new): return
            case .added: return
            case .updated, .deleted: break
            }
            for node in nodes.list() where NodeLifecyclePlan.ready(node) != "True" { queue.add(ObjectKey(node)) }
        }
        pods.addHandler { event in
            // A pod that appears on a node that is lost already is not ready, whatever it says.
            guard event.object.isReady, let node = nodes.get(ObjectKey(name: event.object.spec.nodeName)),
                NodeLifecyclePlan.ready(node) != "True"
            else { return }
            queue.add(ObjectKey(node))
        }
        let reconciler = NodeLifecycleController(
            context: context, nodes: nodes, leases: leases, pods: pods, settings: settings,
            pace: SharedPace(settings.pace))
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
        let grace = NodeLifecyclePlan.hasReported(node) ? settings.monitorGracePeriod : settings.startupGracePeriod
        let isSilent = silence >= grace
        let turn: EvictionPace.Turn
        do throws(StatusError) { turn = try await act(on: node, isSilent) } catch {
            guard error.reason == .notFound else { throw error }
            return .done
        }
        // Heartbeats come every ten seconds; the timer only has to see the last of them grow old.
        let pause = isSilent ? grace : grace - silence
        if case .later(let wait) = turn { return .requeue(after: min(wait, pause)) }
        return .requeue(after: pause)
    }

    private func act(on node: Node, _ isSilent: Bool) async throws(StatusError) -> EvictionPace.Turn {
        let told = try await tellSilence(of: node, isSilent)
        let turn = try await taint(told)
        if NodeLifecyclePlan.ready(told) != "True" { try await markPods(of: told) }
        return turn
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

    private func taint(_ node: Node) async throws(StatusError) -> EvictionPace.Turn {
        let turn = pace.turn(of: node, among: nodes, uptime: context.time.uptime)
        var tainted = node
        tainted.spec.taints = NodeLifecyclePlan.taints(of: node, turn: turn, now: context.time.now)
        guard tainted != node else { return turn }
        do throws(StatusError) {
            let written = try await context.client.update(tainted)
            await nodes.catchUp(to: written.metadata.resourceVersion)
        } catch {
            if turn == .now { pace.giveBack(node, uptime: context.time.uptime) }
            throw error
        }
        return turn
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

/// The pace, that all workers keep together.
private final class SharedPace: Sendable {
    private let pace: Mutex<EvictionPace>

    init(_ settings: EvictionPace.Settings) { pace = Mutex(EvictionPace(settings)) }

    /// The turn of a node that asks for one; `.later` and `.never` change nothing for those that do not.
    func turn(of node: Node, among nodes: Informer<Node>, uptime: Duration) -> EvictionPace.Turn {
        guard NodeLifecyclePlan.ready(node) != "True" else { return .never }
        let all = nodes.list()
        return pace.withLock { pace in
            pace.observe(all, uptime: uptime)
            guard !pace.isStopped else { return .stopped }
            return NodeLifecyclePlan.awaitsEviction(node) ? pace.turn(of: node, uptime: uptime) : .never
        }
    }

    func giveBack(_ node: Node, uptime: Duration) { pace.withLock { $0.giveBack(node, uptime: uptime) } }
}
