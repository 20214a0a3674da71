internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// The slices that one controller manages, by service.
struct SlicesOfService: Sendable {
    private let slices: Informer<EndpointSlice>
    private let client: APIClient
    private let manager: String
    private let index: String

    init(_ context: ControllerContext, manager: String) {
        slices = context.informers.informer(EndpointSlice.self)
        client = context.client
        self.manager = manager
        index = "service of " + manager
        slices.addIndex(index) { slice in Self.service(of: slice, manager).map { ["\($0)"] } ?? [] }
    }

    private static func service(of slice: EndpointSlice, _ manager: String) -> ObjectKey? {
        guard slice.metadata.labels[EndpointSlicePlan.managedBy] == manager,
            let name = slice.metadata.labels[EndpointSlicePlan.serviceName]
        else { return nil }
        return ObjectKey(namespace: slice.metadata.namespace, name: name)
    }

    /// Calls with the service whenever a slice changes or goes, whoever did it; reconciling again changes nothing.
    func onForeignChange(_ handle: @escaping @Sendable (ObjectKey) -> Void) {
        let manager = manager
        slices.addHandler { event in
            switch event {
            case .added: return
            case .updated(let old, let new):
                for slice in [old, new] { if let key = Self.service(of: slice, manager) { handle(key) } }
            case .deleted(let slice):
                if let key = Self.service(of: slice, manager) { handle(key) }
            }
        }
    }

    func list(_ service: ObjectKey) async -> [EndpointSlice] {
        await slices.waitForSync()
        return slices.list(index: index, "\(service)").filter { !$0.metadata.isBeingDeleted }
    }

    /// Writes the changes and waits until the cache shows them, so that nothing is made twice.
    func apply(_ changes: SlicePacking.Changes) async throws(StatusError) {
        for slice in changes.create {
            await slices.catchUp(to: try await client.create(slice).metadata.resourceVersion)
        }
        for slice in changes.update {
            await slices.catchUp(to: try await client.update(slice).metadata.resourceVersion)
        }
        for slice in changes.delete {
            let metadata = slice.metadata
            do throws(StatusError) {
                try await client.delete(
                    EndpointSlice.self, metadata.name, namespace: metadata.namespace,
                    options: DeletionOptions(uid: metadata.uid))
            } catch where error.reason == .notFound {}
            await slices.catchUp(deletionOf: ObjectKey(slice), uid: metadata.uid)
        }
    }
}
