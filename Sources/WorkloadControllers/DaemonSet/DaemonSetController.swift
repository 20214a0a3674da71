internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Synchronization

/// Keeps one pod on each node that wants it.
///
/// **Flow.** Claim pods and revisions; keep the template's history; ask ``DaemonSetPlan``; delete and make pods;
/// report.
///
/// **Guarantees.** What one reconcile did is in the cache before the next begins, so that no node gets two pods.
struct DaemonSetController: Reconciler {
    private let context: ControllerContext
    private let sets: Informer<DaemonSet>
    private let nodes: Informer<Node>
    private let claims: Claims<Pod>
    private let history: RevisionHistory
    private let control: PodControl
    private let failures = FailureMemory()

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let sets = context.informers.informer(DaemonSet.self)
        let nodes = context.informers.informer(Node.self)
        let claims = Claims<Pod>(context)
        let history = RevisionHistory(context)
        sets.addIndex("namespace") { [$0.metadata.namespace] }
        sets.addHandler { queue.add(ObjectKey($0.object)) }
        nodes.addHandler { event in
            if Self.matters(event) { for key in sets.keys { queue.add(key) } }
        }
        claims.onChange(ownerKind: DaemonSet.gvk) { queue.add($0) } orphan: { pod in
            for set in sets.list(index: "namespace", pod.metadata.namespace)
            where (try? Selector(set.spec.selector))?.matches(pod.metadata.labels) == true {
                // A set whose selector cannot be read wants no pods.
                queue.add(ObjectKey(set))
            }
        }
        history.claims.onChange(ownerKind: DaemonSet.gvk) { queue.add($0) } orphan: { _ in }
        let reconciler = DaemonSetController(
            context: context, sets: sets, nodes: nodes, claims: claims, history: history,
            control: PodControl(context, pods: claims.informer))
        return Controller(name: "daemonset", reconciler: reconciler, queue: queue, workers: 2, logger: context.logger)
    }

    /// Heartbeats of nodes change nothing here.
    private static func matters(_ event: InformerEvent<Node>) -> Bool {
        guard case .updated(let old, let new) = event else { return true }
        return old.metadata.labels != new.metadata.labels || old.spec.taints != new.spec.taints
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await sets.waitForSync()
        await nodes.waitForSync()
        await claims.informer.waitForSync()
        await history.claims.informer.waitForSync()
        guard let set = sets.get(key) else {
            failures.set(nil, of: key)
            return .done
        }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(set.spec.selector) } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        guard !selector.isEverything else {
            context.recorder.event(
                set, .warning, reason: "SelectingAll",
                "This daemon set is selecting all pods. A non-empty selector is required.")
            return .done
        }
        let pods = try await claims.claim(for: set, selector: selector)
        guard let hash = try await hash(of: set, selector, pods) else { return .requeue(after: .milliseconds(10)) }
        let plan = DaemonSetPlan.decide(
            set, hash: hash, nodes: nodes.list(), pods: pods, failures: failures.of(key),
            now: context.time.now)
        failures.set(plan.failures, of: key)
        let failure = await act(on: plan, for: set, hash: hash)
        try await report(plan.status, for: set)
        if let failure, !failure.isNamespaceEnding { throw failure }
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    /// `nil` when another template has the hash: the count of collisions is raised, and all begins anew.
    private func hash(of set: DaemonSet, _ selector: Selector, _ pods: [Pod]) async throws -> String? {
        let owned = try await history.claims.claim(for: set, selector: selector)
        guard !set.metadata.isBeingDeleted else { return owned.max { $0.revision < $1.revision }?.hash ?? "" }
        let hashes = Set(pods.compactMap { $0.metadata.labels[DaemonPod.hashLabel] })
        let plan = RevisionPlan.decide(
            for: set, template: set.spec.template, labels: set.spec.template.metadata.labels,
            hashLabel: .daemonSet, owned: owned,
            live: Set(owned.filter { hashes.contains($0.hash) }.map(\.metadata.name)),
            limit: Int(set.spec.revisionHistoryLimit ?? 10), collisions: set.status.collisionCount)
        do {
            return try await history.follow(plan).hash
        } catch is RevisionHistory.Collision {
            var status = set.status
            status.collisionCount = (status.collisionCount ?? 0) + 1
            try await report(status, for: set)
            return nil
        }
    }

    private func act(on plan: DaemonSetPlan, for set: DaemonSet, hash: String) async -> StatusError? {
        for pod in plan.ended {
            let place = "\(pod.metadata.namespace)/\(pod.metadata.name) on node \(pod.spec.nodeName)"
            if pod.status.phase == "Failed" {
                context.recorder.event(
                    set, .warning, reason: "FailedDaemonPod", "Found failed daemon pod \(place), will try to kill it")
            } else {
                context.recorder.event(
                    set, .normal, reason: "SucceededDaemonPod",
                    "Found succeeded daemon pod \(place), will try to delete it")
            }
        }
        let nodes = plan.creations
        let (_, failure) = await SlowStart.run(nodes.count) { (index) throws(StatusError) in
            try await control.create(DaemonPod.make(for: set, node: nodes[index], hash: hash), for: set)
        }
        for pod in plan.deletions {
            do throws(StatusError) { try await control.delete(pod, for: set) } catch { return error }
        }
        return failure
    }

    private func report(_ status: DaemonSetStatus, for set: DaemonSet) async throws(StatusError) {
        guard status != set.status else { return }
        var reporting = set
        reporting.status = status
        try await sets.writeStatus(of: reporting, by: context.client)
    }
}

/// What is remembered of each set; lost with the process, as upstream.
private final class FailureMemory: Sendable {
    private let bySet = Mutex<[ObjectKey: DaemonFailures]>([:])

    func of(_ key: ObjectKey) -> DaemonFailures { bySet.withLock { $0[key] } ?? DaemonFailures() }

    func set(_ failures: DaemonFailures?, of key: ObjectKey) { bySet.withLock { $0[key] = failures } }
}
