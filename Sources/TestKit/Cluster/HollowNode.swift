internal import APIClient
internal import APIMachinery
package import APITypes
package import ControllerRuntime
internal import Determinism

/// Plays scheduler and kubelet: binds pods to a node that does not exist, makes them ready at once, and lets
/// them go when they are deleted.
package struct HollowNode: Reconciler {
    private let pods: Informer<Pod>
    private let context: ControllerContext
    private let node: String
    private let isReady: @Sendable (Pod) -> Bool

    /// - isReady: which pods become ready; the others run without ever being so.
    package static func make(
        _ context: ControllerContext, node: String = "hollow", isReady: @escaping @Sendable (Pod) -> Bool = { _ in true }
    ) -> Controller {
        let queue = context.queue()
        let pods = context.informers.informer(Pod.self)
        pods.addHandler { queue.add(ObjectKey($0.object)) }
        let reconciler = HollowNode(pods: pods, context: context, node: node, isReady: isReady)
        return Controller(name: "hollow-node", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    package func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard var pod = pods.get(key) else { return .done }
        if pod.metadata.isBeingDeleted {
            let options = DeletionOptions(gracePeriodSeconds: 0, uid: pod.metadata.uid)
            do throws(StatusError) {
                try await context.client.delete(Pod.self, key.name, namespace: key.namespace, options: options)
            } catch {
                guard error.reason == .notFound else { throw error }
            }
            return .done
        }
        if pod.spec.nodeName.isEmpty {
            var binding = Binding()
            binding.metadata.name = key.name
            binding.metadata.namespace = key.namespace
            binding.target.kind = "Node"
            binding.target.name = node
            let path = APIClient.path(Pod.self, namespace: key.namespace, name: key.name, subresource: "binding")
            _ = try await context.client.transport.send(APIRequest(.post, path, body: binding.json))
            return .done
        }
        guard pod.status.phase != "Running", !pod.hasFinished else { return .done }
        pod.status.phase = "Running"
        pod.status.podIP = "10.244.0.\(context.random.below(250) + 2)"
        pod.status.podIPs = [podIP(pod.status.podIP)]
        var ready = PodCondition()
        ready.type = "Ready"
        ready.status = isReady(pod) ? "True" : "False"
        _ = pod.setCondition(ready, now: context.time.now)
        _ = try await context.client.updateStatus(pod)
        return .done
    }

    private func podIP(_ text: String) -> PodIP {
        var ip = PodIP()
        ip.ip = text
        return ip
    }
}
