internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Lets a claim that is being deleted go once no pod uses it any more.
///
/// **Guarantees.** Before the finalizer is taken away, the server itself is asked for the pods.
struct ClaimProtectionController: Reconciler {
    private static let finalizer = "kubernetes.io/pvc-protection"
    private static let byClaim = "claim"

    let context: ControllerContext
    let claims: Informer<PersistentVolumeClaim>
    let pods: Informer<Pod>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let claims = context.informers.informer(PersistentVolumeClaim.self)
        let pods = context.informers.informer(Pod.self)
        pods.addIndex(byClaim) { pod in Self.claims(of: pod).map { "\($0)" } }
        claims.addHandler { event in
            if event.object.metadata.isBeingDeleted { queue.add(ObjectKey(event.object)) }
        }
        pods.addHandler { event in
            if case .added = event { return }
            for key in Self.claims(of: event.object) where claims.get(key)?.metadata.isBeingDeleted == true {
                queue.add(key)
            }
        }
        return Controller(
            name: "pvc-protection",
            reconciler: ClaimProtectionController(context: context, claims: claims, pods: pods), queue: queue,
            logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await pods.waitForSync()
        guard let claim = claims.get(key), claim.metadata.isBeingDeleted,
            claim.metadata.finalizers.contains(Self.finalizer)
        else { return .done }
        if pods.list(index: Self.byClaim, "\(key)").contains(where: Self.uses) { return .done }
        let live = try await context.client.list(Pod.self, namespace: key.namespace).items
        guard !live.contains(where: { Self.uses($0) && Self.claims(of: $0).contains(key) }) else { return .done }
        try await ProtectionFinalizer.remove(Self.finalizer, from: claim, context.client)
        return .done
    }

    private static func uses(_ pod: Pod) -> Bool { !pod.hasFinished && !pod.spec.nodeName.isEmpty }

    private static func claims(of pod: Pod) -> [ObjectKey] {
        pod.spec.volumes.compactMap { volume in
            if let claim = volume.persistentVolumeClaim {
                return ObjectKey(namespace: pod.metadata.namespace, name: claim.claimName)
            }
            guard volume.ephemeral != nil else { return nil }
            return ObjectKey(namespace: pod.metadata.namespace, name: "\(pod.metadata.name)-\(volume.name)")
        }
    }
}

/// Lets a volume that is being deleted go once no claim is bound to it.
struct VolumeProtectionController: Reconciler {
    private static let finalizer = "kubernetes.io/pv-protection"

    let context: ControllerContext
    let volumes: Informer<PersistentVolume>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let volumes = context.informers.informer(PersistentVolume.self)
        volumes.addHandler { event in
            if event.object.metadata.isBeingDeleted { queue.add(ObjectKey(event.object)) }
        }
        return Controller(
            name: "pv-protection", reconciler: VolumeProtectionController(context: context, volumes: volumes),
            queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let volume = volumes.get(key), volume.metadata.isBeingDeleted, volume.status.phase != "Bound",
            volume.metadata.finalizers.contains(Self.finalizer)
        else { return .done }
        try await ProtectionFinalizer.remove(Self.finalizer, from: volume, context.client)
        return .done
    }
}

/// Takes a finalizer away from the object as it was looked at.
private enum ProtectionFinalizer {
    static func remove<T: APIObject>(_ finalizer: String, from object: T, _ client: APIClient) async throws(StatusError) {
        var object = object
        object.metadata.finalizers.removeAll { $0 == finalizer }
        do throws(StatusError) {
            _ = try await client.update(object)
        } catch where error.reason == .notFound {}
    }
}
