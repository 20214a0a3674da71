internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Makes slices of `Endpoints` that somebody wrote by hand for a service without a selector.
struct EndpointSliceMirroringController: Reconciler {
    let context: ControllerContext
    let services: Informer<Service>
    let endpoints: Informer<Endpoints>
    let slices: SlicesOfService

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let services = context.informers.informer(Service.self)
        let endpoints = context.informers.informer(Endpoints.self)
        let slices = SlicesOfService(context, manager: EndpointMirrorPlan.manager)
        services.addHandler { queue.add(ObjectKey($0.object)) }
        endpoints.addHandler { queue.add(ObjectKey($0.object)) }
        slices.onForeignChange { queue.add($0) }
        let reconciler = EndpointSliceMirroringController(
            context: context, services: services, endpoints: endpoints, slices: slices)
        return Controller(
            name: "endpointslicemirroring", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await services.waitForSync()
        await endpoints.waitForSync()
        let present = await slices.list(key)
        let changes = EndpointMirrorPlan.changes(
            service: services.get(key), endpoints: endpoints.get(key), present: present)
        do throws(StatusError) { try await slices.apply(changes) } catch {
            guard error.isNamespaceEnding else { throw error }
        }
        return .done
    }
}
