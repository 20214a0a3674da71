internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import TimeZones

/// Begins Jobs on a schedule.
///
/// **Flow.** Gather the jobs owned; ask ``CronJobPlan``; delete, begin, report; look again when the next run is due.
///
/// **Guarantees.** A run is begun at most once: its job is named after its minute.
struct CronJobController: Reconciler {
    private let context: ControllerContext
    private let crons: Informer<CronJob>
    private let jobs: Claims<Job>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let crons = context.informers.informer(CronJob.self)
        let jobs = Claims<Job>(context)
        crons.addHandler { queue.add(ObjectKey($0.object)) }
        jobs.onChange(ownerKind: CronJob.gvk) { queue.add($0) } orphan: { _ in }
        return Controller(
            name: "cronjob", reconciler: CronJobController(context: context, crons: crons, jobs: jobs), queue: queue,
            workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await crons.waitForSync()
        await jobs.informer.waitForSync()
        guard let cron = crons.get(key) else { return .done }
        let owned = jobs.owned(by: cron.metadata.uid)
        let zone = TimeZone.named(cron.spec.timeZone ?? "UTC")
        let plan = CronJobPlan.decide(cron, jobs: owned, zone: zone, now: context.time.now)
        for item in plan.news {
            context.recorder.event(cron, item.isWarning ? .warning : .normal, reason: item.reason, item.message)
        }
        for job in plan.expired + plan.replaced { try await delete(job, for: cron) }
        var status = plan.status
        if let start = plan.start, let job = try await begin(CronJobPlan.job(for: cron, at: start, zone: zone), for: cron)
        {
            status.active.append(CronJobPlan.reference(to: job))
        }
        try await report(status, for: cron)
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    private func delete(_ job: Job, for cron: CronJob) async throws(StatusError) {
        do throws(StatusError) {
            try await context.client.delete(
                Job.self, job.metadata.name, namespace: job.metadata.namespace,
                options: DeletionOptions(propagation: .background, uid: job.metadata.uid))
        } catch where error.reason == .notFound {
            return
        } catch {
            context.recorder.event(cron, .warning, reason: "FailedDelete", "Deleted job: \(error)")
            throw error
        }
        context.recorder.event(cron, .normal, reason: "SuccessfulDelete", "Deleted job \(job.metadata.name)")
        await jobs.informer.catchUp(deletionOf: ObjectKey(job), uid: job.metadata.uid)
    }

    /// The job, also when it was begun before and that could not be written down; `nil` when it is somebody else's, or
    /// can no longer be begun.
    private func begin(_ job: Job, for cron: CronJob) async throws(StatusError) -> Job? {
        do throws(StatusError) {
            let created = try await context.client.create(job)
            context.recorder.event(cron, .normal, reason: "SuccessfulCreate", "Created job \(created.metadata.name)")
            await jobs.informer.catchUp(to: created.metadata.resourceVersion)
            return created
        } catch where error.reason == .alreadyExists {
            let known = try await context.client.getIfPresent(
                Job.self, job.metadata.name, namespace: job.metadata.namespace)
            return known?.metadata.controllerReference?.uid == cron.metadata.uid ? known : nil
        } catch where error.isNamespaceEnding {
            return nil
        } catch {
            context.recorder.event(cron, .warning, reason: "FailedCreate", "Error creating job: \(error)")
            throw error
        }
    }

    private func report(_ status: CronJobStatus, for cron: CronJob) async throws(StatusError) {
        guard status != cron.status else { return }
        var reporting = cron
        reporting.status = status
        try await crons.writeStatus(of: reporting, by: context.client)
    }
}
