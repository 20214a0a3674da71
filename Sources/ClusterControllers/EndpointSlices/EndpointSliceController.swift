internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Keeps the slices of every service with a selector in step with its pods.
///
/// **Guarantees.** Only slices that carry this controller's name are touched.
struct EndpointSliceController: Reconciler {
    let context: ControllerContext
    let services: Informer<Service>
    let pods: Informer<Pod>
    let nodes: Informer<Node>
    let slices: SlicesOfService

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let services = context.informers.informer(Service.self)
        let pods = PodsByNamespace.informer(context)
        let nodes = context.informers.informer(Node.self)
        let slices = SlicesOfService(context, manager: EndpointSlicePlan.manager)
        let servicesOfPods = ServicesOfPods(services)
        services.addHandler { queue.add(ObjectKey($0.object)) }
        pods.addHandler { event in for key in servicesOfPods.keys(for: event) { queue.add(key) } }
        slices.onForeignChange { queue.add($0) }
        nodes.addHandler { event in
            // The zone of a node is told with each of its endpoints.
            guard case .updated(let old, let new) = event,
                EndpointSlicePlan.zone(of: old) != EndpointSlicePlan.zone(of: new)
            else { return }
            for key in services.keys { queue.add(key) }
        }
        let reconciler = EndpointSliceController(
            context: context, services: services, pods: pods, nodes: nodes, slices: slices)
        return Controller(
            name: "endpointslice", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await services.waitForSync()
        await pods.waitForSync()
        await nodes.waitForSync()
        let present = await slices.list(key)
        guard let service = services.get(key), service.spec.type != "ExternalName", !service.metadata.isBeingDeleted
        else {
            // Slices go with their owner, by garbage collection.
            return .done
        }
        guard !service.spec.selector.isEmpty else { return .done }
        let selector = Selector(equalTo: service.spec.selector)
        let behind = PodsByNamespace.list(pods, key.namespace).filter { selector.matches($0.metadata.labels) }
        var zones: [String: String] = [:]
        for name in Set(behind.map(\.spec.nodeName)) {
            zones[name] = nodes.get(ObjectKey(name: name)).flatMap(EndpointSlicePlan.zone)
        }
        let changes = EndpointSlicePlan.changes(for: service, pods: behind, zones: zones, present: present)
        do throws(StatusError) { try await slices.apply(changes) } catch {
            if error.isNamespaceEnding { return .done }
            if error.reason != .conflict {
                context.recorder.event(
                    service, .warning, reason: "FailedToUpdateEndpointSlices",
                    "Error updating Endpoint Slices for Service \(key): \(error)")
            }
            throw error
        }
        return .done
    }
}
