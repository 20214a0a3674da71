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
    /// Where owners are not known, they are looked for again after this.
    private static let patience = Duration.seconds(30)

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
        let selected = pods.list(index: "namespace", key.namespace).filter { selector.matches($0.metadata.labels) }
        if selected.isEmpty { context.recorder.event(budget, .normal, reason: "NoPods", "No matching pods found") }
        var scale: Int?
        if DisruptionPlan.needsScale(budget.spec) {
            switch try await self.scale(of: selected, budget, selector) {
            case .known(let count): scale = count
            case .unknown(let why):
                context.recorder.event(
                    budget, .warning, reason: "CalculateExpectedPodCountFailed",
                    "Failed to calculate the number of expected pods: \(why)")
                try await report(DisruptionPlan.refusal(budget, because: why, now: context.time.now), for: budget)
                return .requeue(after: Self.patience)
            }
        }
        let plan = DisruptionPlan.decide(budget, pods: selected, scale: scale, now: context.time.now)
        try await report(plan.status, for: budget)
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    private func report(
        _ status: PodDisruptionBudgetStatus, for budget: PodDisruptionBudget
    ) async throws(StatusError) {
        guard status != budget.status else { return }
        var reporting = budget
        reporting.status = status
        try await budgets.writeStatus(of: reporting, by: context.client)
    }

    // MARK: What the owners are scaled to

    private enum Scale {
        case known(Int)
        case unknown(String)
    }

    /// Pods that nobody controls are left out, and told of.
    private func scale(
        of pods: [Pod], _ budget: PodDisruptionBudget, _ selector: Selector
    ) async throws(StatusError) -> Scale {
        var scales: [String: Int] = [:]
        var hasStrays = false
        for pod in pods {
            guard let owner = pod.metadata.controllerReference else {
                hasStrays = true
                continue
            }
            let key = ObjectKey(namespace: pod.metadata.namespace, name: owner.name)
            if let (uid, count) = scale(of: owner, key) {
                scales[uid] = count
            } else if let count = try await customScale(of: owner, key) {
                scales[owner.uid] = count
            } else {
                return .unknown("found no controllers for pod \"\(pod.metadata.name)\"")
            }
        }
        if hasStrays {
            context.recorder.event(
                budget, .warning, reason: "UnmanagedPods",
                "Pods selected by this PodDisruptionBudget (selector: \(selector.text)) were found to be unmanaged. As "
                    + "a result, the status of the PDB cannot be calculated correctly, which may result in undefined "
                    + "behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an "
                    + "integer value.")
        }
        return .known(scales.values.reduce(0, +))
    }

    /// Of any other kind that can be scaled.
    private func customScale(of owner: OwnerReference, _ key: ObjectKey) async throws(StatusError) -> Int? {
        let version = GroupVersion(owner.apiVersion)
        let kind = GroupVersionKind(group: version.group, version: version.version, kind: owner.kind)
        guard let resource = try await ServerResources.fetch(context.client).resource(of: kind) else { return nil }
        let path = resource.path(namespace: key.namespace, name: key.name) + "/scale"
        do throws(StatusError) {
            let response = try await context.client.transport.send(APIRequest(.get, path))
            // What is no scale scales nothing.
            return (try? APITypes.Scale(json: response.body)).map { Int($0.spec.replicas) }
        } catch {
            guard error.reason == .notFound else { throw error }
            return nil
        }
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
