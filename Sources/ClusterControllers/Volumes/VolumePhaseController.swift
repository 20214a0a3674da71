internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Says of volumes whether they are free, and what becomes of them after their claim.
struct VolumePhaseController: Reconciler {
    private static let provisionedBy = "pv.kubernetes.io/provisioned-by"

    let context: ControllerContext
    let claims: Informer<PersistentVolumeClaim>
    let volumes: Informer<PersistentVolume>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let claims = context.informers.informer(PersistentVolumeClaim.self)
        let volumes = context.informers.informer(PersistentVolume.self)
        volumes.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(event.object))
        }
        claims.addHandler { event in
            guard case .deleted(let claim) = event, !claim.spec.volumeName.isEmpty else { return }
            queue.add(ObjectKey(name: claim.spec.volumeName))
        }
        return Controller(
            name: "persistentvolume-phase",
            reconciler: VolumePhaseController(context: context, claims: claims, volumes: volumes), queue: queue,
            logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await claims.waitForSync()
        guard let volume = volumes.get(key), !volume.metadata.isBeingDeleted else { return .done }
        guard let reference = volume.spec.claimRef else {
            try await setPhase("Available", of: volume)
            return .done
        }
        // Reserved for a claim that has not come yet.
        if reference.uid.isEmpty {
            if volume.status.phase.isEmpty || volume.status.phase == "Pending" { try await setPhase("Available", of: volume) }
            return .done
        }
        let claimKey = ObjectKey(namespace: reference.namespace, name: reference.name)
        if claims.get(claimKey)?.metadata.uid == reference.uid { return .done }
        let claim = try await context.client.getIfPresent(
            PersistentVolumeClaim.self, reference.name, namespace: reference.namespace)
        guard claim?.metadata.uid != reference.uid else { return .done }
        try await setPhase("Released", of: volume)
        if volume.spec.persistentVolumeReclaimPolicy == "Delete", volume.metadata.annotations[Self.provisionedBy] == nil,
            volume.status.phase != "Failed"
        {
            context.recorder.event(
                volume, .warning, reason: "VolumeFailedDelete", "error getting deleter volume plugin for volume "
                    + "\"\(key.name)\": no deletable volume plugin matched")
        }
        return .done
    }

    private func setPhase(_ phase: String, of volume: PersistentVolume) async throws(StatusError) {
        guard volume.status.phase != phase else { return }
        var changed = volume
        changed.status.phase = phase
        await volumes.catchUp(to: try await context.client.updateStatus(changed).metadata.resourceVersion)
    }
}
