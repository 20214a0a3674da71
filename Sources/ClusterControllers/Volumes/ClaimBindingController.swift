internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Brings claims and volumes together; volumes that are made on demand are made by others.
///
/// **Flow.** First the volume says whose it is, then the claim which volume it has: whoever stops in between goes on
/// from there.
///
/// **Guarantees.** A volume never gets a second claim; one worker decides, and what it wrote is in the cache before
/// it decides again.
struct ClaimBindingController: Reconciler {
    private static let provisioner = "volume.kubernetes.io/storage-provisioner"

    let context: ControllerContext
    let claims: Informer<PersistentVolumeClaim>
    let volumes: Informer<PersistentVolume>
    let classes: Informer<StorageClass>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let claims = context.informers.informer(PersistentVolumeClaim.self)
        let volumes = context.informers.informer(PersistentVolume.self)
        let classes = context.informers.informer(StorageClass.self)
        claims.addHandler { queue.add(ObjectKey($0.object)) }
        volumes.addHandler { event in
            if let reference = event.object.spec.claimRef {
                queue.add(ObjectKey(namespace: reference.namespace, name: reference.name))
            }
            // A volume that is free may be what any claim waits for.
            for claim in claims.list() where claim.status.phase != "Bound" { queue.add(ObjectKey(claim)) }
        }
        classes.addHandler { _ in
            for claim in claims.list() where claim.status.phase != "Bound" { queue.add(ObjectKey(claim)) }
        }
        let reconciler = ClaimBindingController(context: context, claims: claims, volumes: volumes, classes: classes)
        return Controller(
            name: "persistentvolume-binder", reconciler: reconciler, queue: queue, workers: 1, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await volumes.waitForSync()
        await classes.waitForSync()
        guard let claim = claims.get(key) else { return .done }
        let storageClass = claim.spec.storageClassName.flatMap { classes.get(ObjectKey(name: $0)) }
        switch ClaimBindingPlan.decide(claim, volumes: volumes.list(), storageClass: storageClass) {
        case .bound: break
        case .bind(let volume):
            try await hold(volume, for: claim)
            try await complete(claim, volume)
        case .lost:
            guard claim.status.phase != "Lost" else { break }
            context.recorder.event(
                claim, .warning, reason: "ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
            try await setPhase("Lost", of: claim)
        case .wait(let reason, let message, let provisioner):
            context.recorder.event(claim, .normal, reason: reason, message)
            try await wait(claim, provisioner)
        }
        return .done
    }

    // MARK: Binding

    private func hold(_ volume: PersistentVolume, for claim: PersistentVolumeClaim) async throws(StatusError) {
        var held = volume
        if held.spec.claimRef?.uid != claim.metadata.uid {
            if held.spec.claimRef == nil { held.metadata.annotations[ClaimBindingPlan.boundByController] = "yes" }
            held.spec.claimRef = EventRecorder.reference(to: claim)
            held = try await context.client.update(held)
        }
        if held.status.phase != "Bound" {
            held.status.phase = "Bound"
            held.status.lastPhaseTransitionTime = nil
            held = try await context.client.updateStatus(held)
        }
        await volumes.catchUp(to: held.metadata.resourceVersion)
    }

    private func complete(_ claim: PersistentVolumeClaim, _ volume: PersistentVolume) async throws(StatusError) {
        var bound = claim
        if bound.spec.volumeName.isEmpty {
            bound.spec.volumeName = volume.metadata.name
            bound.metadata.annotations[ClaimBindingPlan.boundByController] = "yes"
        }
        bound.metadata.annotations[ClaimBindingPlan.bindCompleted] = "yes"
        if bound != claim { bound = try await context.client.update(bound) }
        bound.status.phase = "Bound"
        bound.status.accessModes = volume.spec.accessModes
        bound.status.capacity = volume.spec.capacity
        await claims.catchUp(to: try await context.client.updateStatus(bound).metadata.resourceVersion)
    }

    private func wait(_ claim: PersistentVolumeClaim, _ provisioner: String?) async throws(StatusError) {
        if let provisioner, claim.metadata.annotations[Self.provisioner] != provisioner {
            var marked = claim
            marked.metadata.annotations[Self.provisioner] = provisioner
            marked.metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"] = provisioner
            await claims.catchUp(to: try await context.client.update(marked).metadata.resourceVersion)
        } else if claim.status.phase.isEmpty {
            try await setPhase("Pending", of: claim)
        }
    }

    private func setPhase(_ phase: String, of claim: PersistentVolumeClaim) async throws(StatusError) {
        var changed = claim
        changed.status.phase = phase
        await claims.catchUp(to: try await context.client.updateStatus(changed).metadata.resourceVersion)
    }
}
