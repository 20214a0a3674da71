internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Keeps as many pods as a ReplicaSet or ReplicationController asks for.
///
/// **Flow.** Claim pods by selector; ask ``ReplicaPlan``; make or delete, slowly at first; report.
///
/// **Guarantees.** Pods of other owners are never deleted. Pods made by one reconcile are in the cache before the
/// next begins, so that none is made twice.
struct ReplicationReconciler<Owner: ReplicaOwner>: Reconciler {
    private let context: ControllerContext
    private let owners: Informer<Owner>
    private let claims: Claims<Pod>
    private let control: PodControl

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let owners = context.informers.informer(Owner.self)
        let claims = Claims<Pod>(context)
        owners.addIndex("namespace") { [$0.metadata.namespace] }
        owners.addHandler { queue.add(ObjectKey($0.object)) }
        claims.onChange(ownerKind: Owner.gvk) { queue.add($0) } orphan: { pod in
            for owner in owners.list(index: "namespace", pod.metadata.namespace)
            where (try? owner.podSelector())?.matches(pod.metadata.labels) == true {
                // An owner whose selector cannot be read wants no pods.
                queue.add(ObjectKey(owner))
            }
        }
        let reconciler = ReplicationReconciler(
            context: context, owners: owners, claims: claims,
            control: PodControl(context, pods: claims.informer))
        return Controller(
            name: Owner.controllerName, reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await owners.waitForSync()
        await claims.informer.waitForSync()
        guard let owner = owners.get(key) else { return .done }
        let selector: Selector
        do throws(SelectorError) { selector = try owner.podSelector() } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        let pods = try await claims.claim(for: owner, selector: selector) { !$0.hasFinished }
        var failure: ReplicaFailure?
        var thrown: StatusError?
        if !owner.metadata.isBeingDeleted { (failure, thrown) = await act(for: owner, pods) }
        // What was just made or deleted is reported when the cache tells of it, at once.
        try await report(for: owner, pods, failure)
        if let thrown { throw thrown }
        guard let pause = ReplicaPlan.nextChange(of: owner, pods: pods, now: context.time.now) else { return .done }
        return .requeue(after: pause)
    }

    // MARK: Acting

    private func act(for owner: Owner, _ pods: [Pod]) async -> (ReplicaFailure?, StatusError?) {
        switch ReplicaPlan.decide(
            desired: owner.desired, pods: pods, related: related(to: owner, pods), now: context.time.now)
        {
        case .nothing:
            return (nil, nil)
        case .create(let count):
            let pod = PodControl.pod(from: owner.podTemplate, for: owner)
            let (_, failure) = await SlowStart.run(count) { (_) throws(StatusError) in
                try await control.create(pod, for: owner)
            }
            guard let failure, !failure.isNamespaceEnding else { return (nil, nil) }
            return (.creating(failure.message), failure)
        case .delete(let surplus):
            let failure = await delete(surplus, for: owner)
            return (failure.map { .deleting($0.message) }, failure)
        }
    }

    private func delete(_ pods: [Pod], for owner: Owner) async -> StatusError? {
        await withTaskGroup(of: StatusError?.self) { group in
            for pod in pods {
                group.addTask {
                    do throws(StatusError) {
                        try await control.delete(pod, for: owner)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
    }

    /// The active pods of all owners that have the same owner: of all ReplicaSets of a Deployment.
    private func related(to owner: Owner, _ pods: [Pod]) -> [Pod] {
        guard let parent = owner.metadata.controllerReference?.uid else { return pods.filter(\.isActive) }
        let siblings = owners.list(index: "namespace", owner.metadata.namespace).filter {
            $0.metadata.isControlled(by: parent)
        }
        return siblings.flatMap { claims.owned(by: $0.metadata.uid) }.filter(\.isActive)
    }

    // MARK: Reporting

    private func report(for owner: Owner, _ pods: [Pod], _ failure: ReplicaFailure?) async throws(StatusError) {
        let status = ReplicaPlan.status(of: owner, pods: pods, failure: failure, now: context.time.now)
        guard status != owner.reported else { return }
        var reporting = owner
        reporting.reported = status
        try await owners.writeStatus(of: reporting, by: context.client)
    }
}
