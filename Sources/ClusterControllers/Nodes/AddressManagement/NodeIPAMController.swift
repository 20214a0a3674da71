internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Logging

/// Gives each node a range of addresses for its pods.
///
/// **Guarantees.** No two nodes get ranges that overlap: one worker decides, and what it wrote is in the cache before
/// it decides again. A range once given is never changed.
struct NodeIPAMController: Reconciler {
    let context: ControllerContext
    let cluster: CIDR
    let nodeMaskSize: Int
    let nodes: Informer<Node>

    /// `nil` when the range cannot be read: nobody gives out addresses then.
    static func make(_ context: ControllerContext, clusterCIDR: String, nodeMaskSize: Int) -> Controller? {
        guard let cluster = CIDR(clusterCIDR) else {
            context.logger.error("cluster CIDR cannot be read", metadata: ["cidr": "\(clusterCIDR)"])
            return nil
        }
        let queue = context.queue()
        let nodes = context.informers.informer(Node.self)
        nodes.addHandler { event in
            if case .deleted = event {
                // A range has become free; somebody may be waiting for one.
                for node in nodes.list() where node.spec.podCIDR.isEmpty { queue.add(ObjectKey(node)) }
            } else if event.object.spec.podCIDR.isEmpty {
                queue.add(ObjectKey(event.object))
            }
        }
        let reconciler = NodeIPAMController(
            context: context, cluster: cluster, nodeMaskSize: nodeMaskSize, nodes: nodes)
        return Controller(name: "node-ipam", reconciler: reconciler, queue: queue, workers: 1, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await nodes.waitForSync()
        guard let node = nodes.get(key), node.spec.podCIDR.isEmpty, !node.metadata.isBeingDeleted else { return .done }
        let taken = nodes.list().flatMap { $0.spec.podCIDRs + [$0.spec.podCIDR] }.compactMap { CIDR($0) }
        guard let range = NodeCIDRPlan.next(in: cluster, nodeMaskSize: nodeMaskSize, taken: taken) else {
            context.recorder.event(
                node, .normal, reason: "CIDRNotAvailable",
                "Node \(node.metadata.name) status is now: CIDRNotAvailable")
            return .done
        }
        try await give(range, to: node)
        return .done
    }

    private func give(_ range: CIDR, to node: Node) async throws(StatusError) {
        let patch = Patch.merge([
            "metadata": ["resourceVersion": .string(node.metadata.resourceVersion)],
            "spec": ["podCIDR": .string("\(range)"), "podCIDRs": [.string("\(range)")]],
        ])
        do throws(StatusError) {
            let written = try await context.client.patch(Node.self, node.metadata.name, patch)
            await nodes.catchUp(to: written.metadata.resourceVersion)
        } catch where error.reason == .notFound {}
    }
}
