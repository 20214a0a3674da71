internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Keeps the `Endpoints` of every service with a selector in step with its pods.
///
/// **Guarantees.** Endpoints of services without a selector belong to whoever made them and are not touched.
struct EndpointsController: Reconciler {
    let context: ControllerContext
    let services: Informer<Service>
    let pods: Informer<Pod>
    let endpoints: Informer<Endpoints>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let services = context.informers.informer(Service.self)
        let pods = PodsByNamespace.informer(context)
        let endpoints = context.informers.informer(Endpoints.self)
        let servicesOfPods = ServicesOfPods(services)
        services.addHandler { queue.add(ObjectKey($0.object)) }
        pods.addHandler { event in for key in servicesOfPods.keys(for: event) { queue.add(key) } }
        endpoints.addHandler { event in
            if case .added = event { return }
            queue.add(ObjectKey(event.object))
        }
        let reconciler = EndpointsController(
            context: context, services: services, pods: pods, endpoints: endpoints)
        return Controller(name: "endpoint", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await services.waitForSync()
        await pods.waitForSync()
        await endpoints.waitForSync()
        let present = endpoints.get(key)
        guard let service = services.get(key) else {
            try await removeLeftover(present)
            return .done
        }
        guard !service.spec.selector.isEmpty, !service.metadata.isBeingDeleted else { return .done }
        let selector = Selector(equalTo: service.spec.selector)
        let behind = PodsByNamespace.list(pods, key.namespace).filter { selector.matches($0.metadata.labels) }
        let wanted = EndpointsPlan.wanted(for: service, pods: behind, present: present)
        guard wanted != present else { return .done }
        do throws(StatusError) {
            let written =
                present == nil ? try await context.client.create(wanted) : try await context.client.update(wanted)
            await endpoints.catchUp(to: written.metadata.resourceVersion)
        } catch {
            if error.isNamespaceEnding { return .done }
            tell(error, about: service, isNew: present == nil)
            throw error
        }
        return .done
    }

    private func tell(_ error: StatusError, about service: Service, isNew: Bool) {
        let key = ObjectKey(service)
        if isNew {
            context.recorder.event(
                service, .warning, reason: "FailedToCreateEndpoint",
                "Failed to create endpoint for service \(key): \(error)")
        } else if error.reason != .conflict {
            context.recorder.event(
                service, .warning, reason: "FailedToUpdateEndpoint", "Failed to update endpoint \(key): \(error)")
        }
    }

    /// A service has gone, and with it its endpoints, if they were ours.
    private func removeLeftover(_ endpoints: Endpoints?) async throws(StatusError) {
        guard let endpoints, endpoints.metadata.labels[EndpointsPlan.managedBy] == EndpointsPlan.manager else { return }
        let metadata = endpoints.metadata
        do throws(StatusError) {
            try await context.client.delete(
                Endpoints.self, metadata.name, namespace: metadata.namespace, options: DeletionOptions(uid: metadata.uid))
        } catch where error.reason == .notFound {}
    }
}

/// All pods, with an index by namespace.
enum PodsByNamespace {
    private static let index = "namespace"

    static func informer(_ context: ControllerContext) -> Informer<Pod> {
        let pods = context.informers.informer(Pod.self)
        pods.addIndex(index) { [$0.metadata.namespace] }
        return pods
    }

    static func list(_ pods: Informer<Pod>, _ namespace: String) -> [Pod] { pods.list(index: index, namespace) }
}
