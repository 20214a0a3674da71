internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Puts the cluster's authority into every namespace, as config map `kube-root-ca.crt`, for pods to trust.
///
/// **Guarantees.** The config map's data is always exactly the authority; whoever changes it is corrected.
struct RootCAPublisherController: Reconciler {
    private static let name = "kube-root-ca.crt"
    private static let file = "ca.crt"
    private static let annotation = "kubernetes.io/description"
    private static let description =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
        + "the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
        + "Kubernetes clusters."

    let context: ControllerContext
    let authority: String
    let namespaces: Informer<Namespace>
    let maps: Informer<ConfigMap>

    static func make(_ context: ControllerContext, authority: String) -> Controller {
        let queue = context.queue()
        let namespaces = context.informers.informer(Namespace.self)
        let maps = context.informers.informer(ConfigMap.self, fieldSelector: "metadata.name=\(name)")
        namespaces.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(name: event.object.metadata.name))
        }
        maps.addHandler { queue.add(ObjectKey(name: $0.object.metadata.namespace)) }
        let reconciler = RootCAPublisherController(
            context: context, authority: authority, namespaces: namespaces, maps: maps)
        return Controller(name: "root-ca-publisher", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await maps.waitForSync()
        guard let namespace = namespaces.get(key), namespace.status.phase != "Terminating",
            !namespace.metadata.isBeingDeleted
        else { return .done }
        let present = maps.get(ObjectKey(namespace: key.name, name: Self.name))
        var wanted = present ?? ConfigMap()
        wanted.metadata.name = Self.name
        wanted.metadata.namespace = key.name
        wanted.metadata.annotations[Self.annotation] = Self.description
        wanted.data = [Self.file: authority]
        wanted.binaryData = [:]
        guard wanted != present else { return .done }
        do throws(StatusError) {
            _ = present == nil ? try await context.client.create(wanted) : try await context.client.update(wanted)
        } catch {
            guard error.isNamespaceEnding else { throw error }
        }
        return .done
    }
}
