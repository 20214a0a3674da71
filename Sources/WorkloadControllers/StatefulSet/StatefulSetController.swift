internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Keeps numbered pods with claims of their own.
///
/// **Flow.** Claim pods and revisions; keep the template's history; ask ``StatefulSetPlan``; take its steps in
/// order; report.
///
/// **Guarantees.** There is never a second pod of a number: names are unique, and a new one is made only when the
/// old one is gone.
struct StatefulSetController: Reconciler {
    private let context: ControllerContext
    private let sets: Informer<StatefulSet>
    private let claims: Claims<Pod>
    private let volumes: Informer<PersistentVolumeClaim>
    private let history: RevisionHistory

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let sets = context.informers.informer(StatefulSet.self)
        let claims = Claims<Pod>(context)
        let history = RevisionHistory(context)
        sets.addIndex("namespace") { [$0.metadata.namespace] }
        sets.addHandler { queue.add(ObjectKey($0.object)) }
        claims.onChange(ownerKind: StatefulSet.gvk) { queue.add($0) } orphan: { pod in
            for set in sets.list(index: "namespace", pod.metadata.namespace)
            where (try? Selector(set.spec.selector))?.matches(pod.metadata.labels) == true {
                // A set whose selector cannot be read wants no pods.
                queue.add(ObjectKey(set))
            }
        }
        let reconciler = StatefulSetController(
            context: context, sets: sets, claims: claims,
            volumes: context.informers.informer(PersistentVolumeClaim.self), history: history)
        return Controller(
            name: "statefulset", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await sets.waitForSync()
        await claims.informer.waitForSync()
        await volumes.waitForSync()
        await history.claims.informer.waitForSync()
        guard let set = sets.get(key) else { return .done }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(set.spec.selector) } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        let pods = try await claims.claim(for: set, selector: selector) { StatefulPod.ordinal(of: $0, in: set) != nil }
        guard let (current, update) = try await revisions(of: set, selector, pods) else {
            return .requeue(after: .milliseconds(10))
        }
        let plan = StatefulSetPlan.decide(
            set, current: current.metadata.name, update: update.metadata.name, pods: pods, now: context.time.now)
        try await report(plan.status, for: set)
        if !set.metadata.isBeingDeleted { for pod in pods { try await tendClaims(of: pod, for: set) } }
        for step in plan.steps { try await take(step, for: set, [current, update]) }
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    /// `nil` when another template has the hash: the count of collisions is raised, and all begins anew.
    private func revisions(
        of set: StatefulSet, _ selector: Selector, _ pods: [Pod]
    ) async throws -> (current: ControllerRevision, update: ControllerRevision)? {
        let owned = try await history.claims.claim(for: set, selector: selector)
        let used = pods.compactMap { $0.metadata.labels[StatefulPod.revisionLabel] }
        let plan = RevisionPlan.decide(
            for: set, template: set.spec.template, labels: set.spec.selector?.matchLabels ?? [:],
            hashLabel: .statefulSet, owned: owned,
            live: Set(used + [set.status.currentRevision, set.status.updateRevision]),
            limit: Int(set.spec.revisionHistoryLimit ?? 10), collisions: set.status.collisionCount)
        let update: ControllerRevision
        if set.metadata.isBeingDeleted {
            update = plan.step.revision
        } else {
            do { update = try await history.follow(plan) } catch is RevisionHistory.Collision {
                var status = set.status
                status.collisionCount = (status.collisionCount ?? 0) + 1
                try await report(status, for: set)
                return nil
            }
        }
        let current = owned.first { $0.metadata.name == set.status.currentRevision } ?? update
        return (current, update)
    }

    // MARK: Steps

    private func take(
        _ step: StatefulSetPlan.Step, for set: StatefulSet, _ revisions: [ControllerRevision]
    ) async throws(StatusError) {
        switch step {
        case .create(let ordinal, let revision):
            let template = revisions.first { $0.metadata.name == revision }?.template ?? set.spec.template
            let pod = StatefulPod.make(for: set, ordinal: ordinal, template: template, revision: revision)
            try await create(pod, for: set)
        case .delete(let pod):
            try await delete(pod, for: set)
        case .identify(var pod, let ordinal):
            StatefulPod.identify(&pod, ordinal: ordinal)
            let written = try await context.client.update(pod)
            await claims.informer.catchUp(to: written.metadata.resourceVersion)
        }
    }

    private func create(_ pod: Pod, for set: StatefulSet) async throws(StatusError) {
        let name = pod.metadata.name
        for claim in StatefulPod.claims(for: set, pod: name) {
            guard let known = volumes.get(ObjectKey(claim)) else {
                try await create(claim, pod: name, for: set)
                continue
            }
            if ClaimOwners.isStale(known, for: set, pod: nil) {
                throw .conflict(
                    PersistentVolumeClaim.resource.groupResource, claim.metadata.name, "claim is being deleted")
            }
        }
        do throws(StatusError) {
            let created = try await context.client.create(pod)
            tell(set, "SuccessfulCreate", "create Pod \(name) in StatefulSet \(set.metadata.name) successful")
            await claims.informer.catchUp(to: created.metadata.resourceVersion)
        } catch {
            if error.isNamespaceEnding { return }
            warn(set, "FailedCreate", "create Pod \(name) in StatefulSet \(set.metadata.name) failed error: \(error)")
            throw error
        }
    }

    /// Makes the claims of a pod that waits for them, and says with whom they go.
    private func tendClaims(of pod: Pod, for set: StatefulSet) async throws(StatusError) {
        let isCondemned = !set.ordinals.contains(StatefulPod.ordinal(of: pod, in: set) ?? -1)
        for claim in StatefulPod.claims(for: set, pod: pod.metadata.name) {
            guard var known = volumes.get(ObjectKey(claim)) else {
                guard pod.status.phase == "Pending", !pod.metadata.isBeingDeleted else { continue }
                try await create(claim, pod: pod.metadata.name, for: set)
                continue
            }
            let owners = ClaimOwners.wanted(
                known.metadata.ownerReferences, for: set, pod: pod, isCondemned: isCondemned)
            guard owners != known.metadata.ownerReferences, !known.metadata.isBeingDeleted else { continue }
            known.metadata.ownerReferences = owners
            let written = try await context.client.update(known)
            await volumes.catchUp(to: written.metadata.resourceVersion)
        }
    }

    private func create(_ claim: PersistentVolumeClaim, pod: String, for set: StatefulSet) async throws(StatusError) {
        let what = "create Claim \(claim.metadata.name) Pod \(pod) in StatefulSet \(set.metadata.name)"
        do throws(StatusError) {
            let created = try await context.client.create(claim)
            tell(set, "SuccessfulCreate", what + " success")
            await volumes.catchUp(to: created.metadata.resourceVersion)
        } catch where error.reason == .alreadyExists {
            return
        } catch {
            warn(set, "FailedCreate", what + " failed error: \(error)")
            throw error
        }
    }

    private func delete(_ pod: Pod, for set: StatefulSet) async throws(StatusError) {
        let what = "delete Pod \(pod.metadata.name) in StatefulSet \(set.metadata.name)"
        if pod.status.phase == "Failed" {
            warn(
                set, "RecreatingFailedPod",
                "StatefulSet \(set.metadata.namespace)/\(set.metadata.name) is recreating failed Pod "
                    + pod.metadata.name)
        }
        do throws(StatusError) {
            try await context.client.delete(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace,
                options: DeletionOptions(uid: pod.metadata.uid))
            tell(set, "SuccessfulDelete", what + " successful")
        } catch where error.reason == .notFound {
            return
        } catch {
            warn(set, "FailedDelete", what + " failed error: \(error)")
            throw error
        }
        await claims.informer.catchUp(deletionOf: ObjectKey(pod), uid: pod.metadata.uid)
    }

    private func tell(_ set: StatefulSet, _ reason: String, _ message: String) {
        context.recorder.event(set, .normal, reason: reason, message)
    }

    private func warn(_ set: StatefulSet, _ reason: String, _ message: String) {
        context.recorder.event(set, .warning, reason: reason, message)
    }

    // MARK: Reporting

    private func report(_ status: StatefulSetStatus, for set: StatefulSet) async throws(StatusError) {
        guard status != set.status else { return }
        var reporting = set
        reporting.status = status
        try await sets.writeStatus(of: reporting, by: context.client)
    }
}
