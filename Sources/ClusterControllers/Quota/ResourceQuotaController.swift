internal import APIClient
internal import APIMachinery
internal import APIRules
internal import APITypes
internal import ControllerRuntime

/// Counts what quotas limit, and writes it into their status; admission charges, this sets right.
///
/// **Flow.** A quota that is new or changed, an object that has gone, and now and then the clock bring a quota; all
/// objects of the resources that it limits are read and added up.
struct ResourceQuotaController: Reconciler {
    /// Sets right what was charged for requests that failed afterwards; as upstream.
    private static let resync = Duration.seconds(300)
    private static let byNamespace = "namespace"

    let context: ControllerContext
    let quotas: Informer<ResourceQuota>

    static func make(_ context: ControllerContext, _ monitors: ResourceMonitors) -> Controller {
        let queue = context.queue()
        let quotas = context.informers.informer(ResourceQuota.self)
        quotas.addIndex(byNamespace) { [$0.metadata.namespace] }
        quotas.addHandler { event in
            if case .deleted = event { return }
            if case .updated(let old, let new) = event, old.spec == new.spec, new.status.hard == new.spec.hard { return }
            queue.add(ObjectKey(event.object))
        }
        let changed: @Sendable (GroupResource, String) -> Void = { resource, namespace in
            for quota in quotas.list(index: byNamespace, namespace)
            where quota.spec.hard.keys.contains(where: { QuotaPlan.isTracked($0, by: resource) }) {
                queue.add(ObjectKey(quota))
            }
        }
        monitors.onRemoval { changed($0.groupResource, $1) }
        context.informers.informer(Pod.self).addHandler { event in
            // A pod that has ended costs less, though it is still there.
            guard case .updated(let old, let new) = event, !old.hasFinished, new.hasFinished else { return }
            changed(Pod.resource.groupResource, new.metadata.namespace)
        }
        return Controller(
            name: "resourcequota", reconciler: ResourceQuotaController(context: context, quotas: quotas),
            queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let quota = quotas.get(key), !quota.metadata.isBeingDeleted else { return .done }
        // Charged meanwhile by admission, the quota conflicts with what is written, and is counted again.
        var counted = quota
        counted.status.hard = quota.spec.hard
        counted.status.used = try await used(by: quota)
        if counted != quota {
            let written = try await context.client.updateStatus(counted)
            await quotas.catchUp(to: written.metadata.resourceVersion)
        }
        return .requeue(after: Self.resync)
    }

    private func used(by quota: ResourceQuota) async throws(StatusError) -> [String: Quantity] {
        var used = quota.spec.hard.mapValues { _ in Quantity.zero }
        let served = try await ServerResources.fetch(context.client).resources
        for resource in served where resource.isNamespaced && resource.verbs.contains("list") {
            guard used.keys.contains(where: { QuotaPlan.isTracked($0, by: resource.groupResource) }) else { continue }
            for object in try await list(resource, quota.metadata.namespace)
            where QuotaPlan.matchesScopes(quota.value, object, resource.groupResource) {
                for (name, amount) in QuotaUsage.of(object, resource: resource.groupResource) where used[name] != nil {
                    used[name, default: .zero] += amount
                }
            }
        }
        return used
    }

    private func list(_ resource: ServerResource, _ namespace: String) async throws(StatusError) -> [Value] {
        let response = try await context.client.transport.send(
            APIRequest(.get, resource.path(namespace: namespace)))
        do throws(JSONError) { return try Value(json: response.body)["items"]?.arrayValue ?? [] } catch {
            throw .internalError("the list of \(resource.groupResource) cannot be read: \(error)")
        }
    }
}
