internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Deletes a Job some time after it finished, when `spec.ttlSecondsAfterFinished` asks for it.
///
/// **Guarantees.** A Job whose time was extended before the final look at the server is not deleted; deletion
/// carries the UID that was looked at.
struct TTLAfterFinishedController: Reconciler {
    let context: ControllerContext
    let jobs: Informer<Job>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let jobs = context.informers.informer(Job.self)
        jobs.addHandler { event in
            if case .deleted = event { return }
            if event.object.spec.ttlSecondsAfterFinished != nil { queue.add(ObjectKey(event.object)) }
        }
        return Controller(
            name: "ttl-after-finished", reconciler: TTLAfterFinishedController(context: context, jobs: jobs),
            queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard let job = jobs.get(key) else { return .done }
        switch TTLPlan.decide(job, now: context.time.now) {
        case .leaveAlone: return .done
        case .wait(let pause): return .requeue(after: pause)
        case .delete: return try await deleteIfStillExpired(key)
        }
    }

    /// Deletion cannot be undone and the cache may lag, so the decision is made a second time on a fresh copy.
    private func deleteIfStillExpired(_ key: ObjectKey) async throws(StatusError) -> ReconcileResult {
        guard let fresh = try await context.client.getIfPresent(Job.self, key.name, namespace: key.namespace) else {
            return .done
        }
        switch TTLPlan.decide(fresh, now: context.time.now) {
        case .leaveAlone: return .done
        case .wait(let pause): return .requeue(after: pause)
        case .delete:
            try await context.client.delete(
                Job.self, key.name, namespace: key.namespace,
                options: DeletionOptions(propagation: .foreground, uid: fresh.metadata.uid))
            return .done
        }
    }
}
