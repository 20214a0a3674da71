internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Synchronization

/// Writes on every node how long its kubelet may believe what it knows, for those who read it there.
///
/// **Guarantees.** Every node has the annotation soon after it has come; when the cluster grows past a step, all get
/// the new number with their next change, as upstream.
final class NodeTTLController: Reconciler {
    private static let annotation = "node.alpha.kubernetes.io/ttl"

    private let context: ControllerContext
    private let nodes: Informer<Node>
    private let plan = Mutex(NodeTTLPlan())

    private init(context: ControllerContext, nodes: Informer<Node>) {
        self.context = context
        self.nodes = nodes
    }

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let nodes = context.informers.informer(Node.self)
        nodes.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(event.object))
        }
        return Controller(
            name: "ttl", reconciler: NodeTTLController(context: context, nodes: nodes), queue: queue,
            logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await nodes.waitForSync()
        guard let node = nodes.get(key) else { return .done }
        let count = nodes.list().count
        let seconds = plan.withLock { plan in
            plan.follow(nodes: count)
            return plan.seconds
        }
        let wanted = String(seconds)
        if node.metadata.annotations[Self.annotation] != wanted { try await write(wanted, to: node) }
        return .done
    }

    private func write(_ seconds: String, to node: Node) async throws(StatusError) {
        let patch = Patch.merge(["metadata": ["annotations": .object([Self.annotation: .string(seconds)])]])
        do throws(StatusError) {
            _ = try await context.client.patch(Node.self, node.metadata.name, patch)
        } catch where error.reason == .notFound {}
    }
}
