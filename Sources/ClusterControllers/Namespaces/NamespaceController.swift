internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Empties namespaces that are being deleted, and lets go of them when nothing is left.
///
/// **Flow.** Mark as Terminating; ask discovery what can be in a namespace; delete pods first, then everything
/// else; look what is left; tell it in conditions; when nothing is, take the finalizer away.
///
/// **Guarantees.** The namespace stays while anything is left in it, or while a group of resources cannot be
/// looked into.
struct NamespaceController: Reconciler {
    static let finalizer = "kubernetes"

    let context: ControllerContext
    let namespaces: Informer<Namespace>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let namespaces = context.informers.informer(Namespace.self)
        namespaces.addHandler { event in
            if event.object.metadata.isBeingDeleted { queue.add(ObjectKey(event.object)) }
        }
        // The last pod gone is what most namespaces wait for.
        context.informers.informer(Pod.self).addHandler { event in
            guard case .deleted(let pod) = event else { return }
            let key = ObjectKey(name: pod.metadata.namespace)
            if namespaces.get(key)?.metadata.isBeingDeleted == true { queue.add(key) }
        }
        let reconciler = NamespaceController(context: context, namespaces: namespaces)
        return Controller(name: "namespace", reconciler: reconciler, queue: queue, workers: 4, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let namespace = namespaces.get(key), namespace.metadata.isBeingDeleted,
            namespace.spec.finalizers.contains(Self.finalizer)
        else { return .done }
        do throws(StatusError) { return try await end(namespace) } catch {
            guard error.reason == .notFound else { throw error }
            return .done
        }
    }

    private func end(_ namespace: Namespace) async throws(StatusError) -> ReconcileResult {
        var terminating = namespace
        if terminating.status.phase != "Terminating" {
            terminating.status.phase = "Terminating"
            terminating = try await context.client.updateStatus(terminating)
        }
        let outcome = await empty(namespace.metadata.name)
        var told = terminating
        told.status.conditions = NamespacePlan.conditions(
            outcome, before: terminating.status.conditions, now: context.time.now)
        if told != terminating { told = try await context.client.updateStatus(told) }
        guard NamespacePlan.isDone(outcome) else { return .requeue(after: NamespacePlan.pause(outcome)) }
        try await finalize(told)
        return .done
    }

    // MARK: Emptying

    private func empty(_ namespace: String) async -> NamespacePlan.Outcome {
        var outcome = NamespacePlan.Outcome()
        let served: ServerResources
        do throws(StatusError) { served = try await ServerResources.fetch(context.client) } catch {
            outcome.discoveryFailures = [error.message]
            return outcome
        }
        outcome.discoveryFailures = served.staleGroups.map { "\($0): stale GroupVersion discovery: \($0)" }
        let (pods, others) = NamespacePlan.order(served.resources)
        for resource in pods { await empty(namespace, of: resource, into: &outcome) }
        // What pods use (volumes, secrets, policies) goes after them.
        guard outcome.remaining.isEmpty else { return outcome }
        for resource in others { await empty(namespace, of: resource, into: &outcome) }
        return outcome
    }

    private func empty(
        _ namespace: String, of resource: ServerResource, into outcome: inout NamespacePlan.Outcome
    ) async {
        let collection = ResourceCollection(client: context.client, resource: resource, namespace: namespace)
        do throws(StatusError) {
            var left = resource.verbs.contains("list") ? try await collection.list() : []
            if !left.isEmpty {
                if resource.verbs.contains("deletecollection") {
                    try await collection.deleteAll()
                } else {
                    for object in left { try await collection.delete(object.metadata.name) }
                }
                left = try await collection.list()
            }
            outcome.add(left.map(\.metadata), of: resource)
        } catch {
            // The resource itself may have gone meanwhile, or have nothing that can be deleted.
            guard error.reason != .notFound, error.reason != .methodNotAllowed else { return }
            outcome.deletionFailures.append(error.message)
        }
    }

    private func finalize(_ namespace: Namespace) async throws(StatusError) {
        var finalized = namespace
        finalized.spec.finalizers.removeAll { $0 == Self.finalizer }
        let path = APIClient.path(Namespace.self, name: namespace.metadata.name, subresource: "finalize")
        _ = try await context.client.transport.send(APIRequest(.put, path, body: finalized.json))
    }
}
