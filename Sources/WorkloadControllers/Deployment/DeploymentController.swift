internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Rolls deployments out: replaces the pods of one template by those of the next.
///
/// **Flow.** Claim replica sets by selector; ask ``DeploymentPlan`` for the next step; take it; report.
///
/// **Guarantees.** Within the limits of the strategy there are never too many pods and never too few available
/// (``RolloutPlan``). What one reconcile wrote is in the cache before the next begins.
struct DeploymentController: Reconciler {
    let context: ControllerContext
    let deployments: Informer<Deployment>
    let sets: Claims<ReplicaSet>
    let pods: Claims<Pod>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let deployments = context.informers.informer(Deployment.self)
        let sets = Claims<ReplicaSet>(context)
        let pods = Claims<Pod>(context)
        deployments.addIndex("namespace") { [$0.metadata.namespace] }
        deployments.addHandler { queue.add(ObjectKey($0.object)) }
        sets.onChange(ownerKind: Deployment.gvk) { queue.add($0) } orphan: { set in
            for deployment in deployments.list(index: "namespace", set.metadata.namespace)
            where (try? Selector(deployment.spec.selector))?.matches(set.metadata.labels) == true {
                // A deployment whose selector cannot be read wants nothing.
                queue.add(ObjectKey(deployment))
            }
        }
        // The last old pod gone lets a deployment that recreates go on.
        pods.informer.addHandler { event in
            guard case .deleted(let pod) = event, let owner = pod.metadata.controllerReference,
                owner.kind == "ReplicaSet",
                let set = sets.informer.get(ObjectKey(namespace: pod.metadata.namespace, name: owner.name)),
                let name = set.metadata.controllerReference?.name
            else { return }
            let key = ObjectKey(namespace: pod.metadata.namespace, name: name)
            if deployments.get(key)?.isRolling == false { queue.add(key) }
        }
        let reconciler = DeploymentController(context: context, deployments: deployments, sets: sets, pods: pods)
        return Controller(name: "deployment", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await deployments.waitForSync()
        await sets.informer.waitForSync()
        await pods.informer.waitForSync()
        guard let deployment = deployments.get(key) else { return .done }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(deployment.spec.selector) } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        if selector.isEverything {
            context.recorder.event(
                deployment, .warning, reason: "SelectingAll",
                "This deployment is selecting all pods. A non-empty selector is required.")
            var status = deployment.status
            status.observedGeneration = deployment.metadata.generation
            try await report(deployment, status, nil)
            return .done
        }
        let claimed = try await sets.claim(for: deployment, selector: selector)
        let plan = DeploymentPlan.decide(
            deployment, claimed, arePodsLeft: { arePodsLeft($0) }, now: context.time.now)
        for step in plan.steps {
            guard try await take(step, for: deployment) else { return .done }
        }
        try await report(deployment, plan.status, plan.revision)
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    /// Whether pods of old replica sets are still there, ended ones apart.
    private func arePodsLeft(_ history: ReplicaSetHistory) -> Bool {
        history.old.contains { set in
            set.status.replicas > 0 || pods.owned(by: set.metadata.uid).contains { !$0.hasFinished }
        }
    }

    // MARK: Steps

    /// False when the deployment must be looked at afresh before anything else is done.
    private func take(_ step: DeploymentPlan.Step, for deployment: Deployment) async throws(StatusError) -> Bool {
        switch step {
        case .create(let set):
            return try await create(set, for: deployment)
        case .describe(let set):
            try await update(set)
        case .scale(let scalings):
            for scaling in scalings {
                try await update(scaling.set)
                guard let message = scaling.message else { continue }
                context.recorder.event(deployment, .normal, reason: "ScalingReplicaSet", message)
            }
        case .delete(let sets):
            for set in sets { try await delete(set) }
        }
        return true
    }

    private func update(_ set: ReplicaSet) async throws(StatusError) {
        await sets.informer.catchUp(to: try await context.client.update(set).metadata.resourceVersion)
    }

    private func delete(_ set: ReplicaSet) async throws(StatusError) {
        let metadata = set.metadata
        do throws(StatusError) {
            try await context.client.delete(
                ReplicaSet.self, metadata.name, namespace: metadata.namespace,
                options: DeletionOptions(propagation: .background, uid: metadata.uid))
        } catch where error.reason == .notFound {}
        await sets.informer.catchUp(deletionOf: ObjectKey(set), uid: metadata.uid)
    }

    private func create(_ set: ReplicaSet, for deployment: Deployment) async throws(StatusError) -> Bool {
        do throws(StatusError) {
            let created = try await context.client.create(set)
            await sets.informer.catchUp(to: created.metadata.resourceVersion)
            if created.desired > 0 {
                context.recorder.event(
                    deployment, .normal, reason: "ScalingReplicaSet",
                    "Scaled up replica set \(created.metadata.name) from 0 to \(created.desired)")
            }
            return true
        } catch {
            if error.isNamespaceEnding { return false }
            if error.reason == .alreadyExists { return try await resolveCollision(set, deployment) }
            try await tellFailure(error, set, deployment)
            throw error
        }
    }

    /// The name is taken. By our own set for this template: the cache was behind. By anything else: count the
    /// collision, which gives the template another hash.
    private func resolveCollision(_ set: ReplicaSet, _ deployment: Deployment) async throws(StatusError) -> Bool {
        let present = try await context.client.get(
            ReplicaSet.self, set.metadata.name, namespace: set.metadata.namespace)
        if present.metadata.isControlled(by: deployment.metadata.uid),
            ReplicaSetHistory.hasTemplate(present, of: deployment)
        {
            await sets.informer.catchUp(to: present.metadata.resourceVersion)
            throw .alreadyExists(ReplicaSet.resource.groupResource, set.metadata.name)
        }
        var status = deployment.status
        status.collisionCount = (status.collisionCount ?? 0) + 1
        try await report(deployment, status, nil)
        return false
    }

    private func tellFailure(
        _ error: StatusError, _ set: ReplicaSet, _ deployment: Deployment
    ) async throws(StatusError) {
        let message = "Failed to create new replica set \"\(set.metadata.name)\": \(error)"
        context.recorder.event(deployment, .warning, reason: DeploymentReason.createFailed, message)
        guard deployment.progressDeadline != nil else { return }
        var status = deployment.status
        status.setCondition(
            DeploymentReason.progressing, "False", reason: DeploymentReason.createFailed, message, now: context.time.now)
        try await report(deployment, status, nil)
    }

    // MARK: Reporting

    private func report(
        _ deployment: Deployment, _ status: DeploymentStatus, _ revision: Int64?
    ) async throws(StatusError) {
        var reporting = deployment
        reporting.status = status
        if let revision { reporting.metadata.annotations[DeploymentAnnotations.revision] = String(revision) }
        guard reporting != deployment else { return }
        try await deployments.writeStatus(of: reporting, by: context.client)
    }
}
