internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Keeps the status of disruption budgets, by which evictions are allowed or not.
///
/// **Flow.** Gather the pods a budget selects and what their owners are scaled to; ask ``DisruptionPlan``; report.
///
/// **Guarantees.** A write never undoes a disruption granted meanwhile: it fails on a newer version of the budget.
struct DisruptionController: Reconciler {
    private let context: ControllerContext
    private let budgets: Informer<PodDisruptionBudget>
    private let pods: Informer<Pod>
    private let replicaSets: Informer<ReplicaSet>
    private let deployments: Informer<Deployment>
    private let statefulSets: Informer<StatefulSet>
    private let replicationControllers: Informer<ReplicationController>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let informers = context.informers
        let budgets = informers.informer(PodDisruptionBudget.self)
        let pods = informers.informer(Pod.self)
        budgets.addIndex("namespace") { [$0.metadata.namespace] }
        pods.addIndex("namespace") { [$0.metadata.namespace] }
        budgets.addHandler { queue.add(ObjectKey($0.object)) }
        pods.addHandler { event in
            let pod = event.object
            for budget in budgets.list(index: "namespace", pod.metadata.namespace)
            where (try? Selector(budget.spec.selector))?.matches(pod.metadata.labels) == true {
                // A budget whose selector cannot be read covers nothing.
                queue.add(ObjectKey(budget))
            }
        }
        let reconciler = DisruptionController(
            context: context, budgets: budgets, pods: pods, replicaSets: informers.informer(),
            deployments: informers.informer(), statefulSets: informers.informer(),
            replicationControllers: informers.informer())
        reconciler.followScales(queue)
        return Controller(name: "disruption", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    /// Budgets follow their pods' owners when these are scaled.
    private func followScales(_ queue: WorkQueue) {
        let budgets = budgets
        let again: @Sendable (String) -> Void = { namespace in
            for budget in budgets.list(index: "namespace", namespace) { queue.add(ObjectKey(budget)) }
        }
        deployments.addHandler { if $0.isScaled(by: \.spec.replicas) { again($0.object.metadata.namespace) } }
        replicaSets.addHandler { if $0.isScaled(by: \.spec.replicas) { again($0.object.metadata.namespace) } }
        statefulSets.addHandler { if $0.isScaled(by: \.spec.replicas) { again($0.object.metadata.namespace) } }
        replicationControllers.addHandler {
            if $0.isScaled(by: \.spec.replicas) { again($0.object.metadata.namespace) }
        }
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await budgets.waitForSync()
        await pods.waitForSync()
        await replicaSets.waitForSync()
        await deployments.waitForSync()
        await statefulSets.waitForSync()
        await replicationControllers.waitForSync()
        guard let budget = budgets.get(key) else { return .done }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(budget.spec.selector) } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        let selected = pods.list(index: "namespace", key.namespace).filter {
            selector.matches($0.metadata.labels) && !$0.hasFinished
        }
        let plan = DisruptionPlan.decide(budget, pods: selected, scale: scale(of: selected), now: context.time.now)
        try await report(plan.status, for: budget)
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    private func report(
        _ status: PodDisruptionBudgetStatus, for budget: PodDisruptionBudget
    ) async throws(StatusError) {
        guard status != budget.status else { return }
        var reporting = budget
        reporting.status = status
        do throws(StatusError) {
            let written = try await context.client.updateStatus(reporting)
            await budgets.catchUp(to: written.metadata.resourceVersion)
        } catch where error.reason == .notFound {}
    }

    // MARK: What the owners are scaled to

    /// `nil` when a pod has no owner whose scale is known.
    private func scale(of pods: [Pod]) -> Int? {
        var scales: [String: Int] = [:]
        for pod in pods {
            guard let owner = pod.metadata.controllerReference,
                let (uid, count) = scale(of: owner, ObjectKey(namespace: pod.metadata.namespace, name: owner.name))
            else { return nil }
            scales[uid] = count
        }
        return scales.values.reduce(0, +)
    }

    private func scale(of owner: OwnerReference, _ key: ObjectKey) -> (String, Int)? {
        switch owner.kind {
        case "ReplicaSet":
            guard let set = replicaSets.get(key) else { return nil }
            if let parent = set.metadata.controllerReference, parent.kind == "Deployment",
                let deployment = deployments.get(ObjectKey(namespace: key.namespace, name: parent.name))
            {
                return (deployment.metadata.uid, Int(deployment.spec.replicas ?? 1))
            }
            return (set.metadata.uid, Int(set.spec.replicas ?? 1))
        case "StatefulSet":
            return statefulSets.get(key).map { ($0.metadata.uid, Int($0.spec.replicas ?? 1)) }
        case "ReplicationController":
            return replicationControllers.get(key).map { ($0.metadata.uid, Int($0.spec.replicas ?? 1)) }
        case _:
            return nil
        }
    }
}

extension InformerEvent {
    fileprivate func isScaled(by replicas: (T) -> Int32?) -> Bool {
        guard case .updated(let old, let new) = self else { return false }
        return replicas(old) != replicas(new)
    }
}
