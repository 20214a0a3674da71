internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Runs pods until enough of them have succeeded.
///
/// **Flow.** Claim pods; ask ``JobPlan``; delete and make pods; write the status; only then let go of the pods that
/// the status counts.
///
/// **Guarantees.** Each finished pod is counted once (``JobTally``).
struct JobController: Reconciler {
    private let context: ControllerContext
    private let jobs: Informer<Job>
    private let claims: Claims<Pod>
    private let control: PodControl

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let jobs = context.informers.informer(Job.self)
        let claims = Claims<Pod>(context)
        jobs.addIndex("namespace") { [$0.metadata.namespace] }
        jobs.addHandler { queue.add(ObjectKey($0.object)) }
        claims.onChange(ownerKind: Job.gvk) { queue.add($0) } orphan: { pod in
            for job in jobs.list(index: "namespace", pod.metadata.namespace)
            where (try? Selector(job.spec.selector))?.matches(pod.metadata.labels) == true {
                // A job whose selector cannot be read wants no pods.
                queue.add(ObjectKey(job))
            }
        }
        let reconciler = JobController(
            context: context, jobs: jobs, claims: claims, control: PodControl(context, pods: claims.informer))
        return Controller(name: "job", reconciler: reconciler, queue: queue, workers: 5, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await jobs.waitForSync()
        await claims.informer.waitForSync()
        guard let job = jobs.get(key) else { return .done }
        if let manager = job.spec.managedBy, manager != "kubernetes.io/job-controller" { return .done }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(job.spec.selector) } catch {
            throw TerminalError("the selector cannot be read: \(error)")
        }
        let pods = try await claims.claim(for: job, selector: selector)
        let plan = JobPlan.decide(job, pods: pods, now: context.time.now)
        let failure = await act(on: plan, for: job)
        try await report(plan, for: job, isCertain: failure == nil)
        for pod in plan.releases { try await JobFinalizer.remove(from: pod, context.client, claims.informer) }
        if let failure, !failure.isNamespaceEnding { throw failure }
        return plan.pause.map { .requeue(after: $0) } ?? .done
    }

    private func act(on plan: JobPlan, for job: Job) async -> StatusError? {
        for pod in plan.deletions {
            do throws(StatusError) { try await control.delete(pod, for: job) } catch { return error }
        }
        let creations = plan.creations
        return await SlowStart.run(creations.count) { (number) throws(StatusError) in
            try await control.create(JobPod.make(creations[number], for: job), for: job)
        }.failure
    }

    /// - isCertain: everything planned was done; else the number of active pods is left for the next look.
    private func report(_ plan: JobPlan, for job: Job, isCertain: Bool) async throws(StatusError) {
        var reporting = job
        reporting.status = plan.status
        if !isCertain { reporting.status.active = job.status.active }
        if reporting.status != job.status {
            try await jobs.writeStatus(of: reporting, by: context.client)
        }
        for item in plan.news {
            context.recorder.event(job, item.isWarning ? .warning : .normal, reason: item.reason, item.message)
        }
    }
}

/// Lets go of pods whose Job is gone, or is no Job of theirs any more: nobody else takes away their finalizer.
struct JobOrphanController: Reconciler {
    private let context: ControllerContext
    private let jobs: Informer<Job>
    private let pods: Informer<Pod>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let jobs = context.informers.informer(Job.self)
        let pods = context.informers.informer(Pod.self)
        pods.addIndex("job-tracking") { pod in
            guard pod.metadata.finalizers.contains(JobTally.finalizer) else { return [] }
            return [pod.metadata.controllerReference?.uid ?? ""]
        }
        pods.addHandler { event in
            if event.object.metadata.finalizers.contains(JobTally.finalizer) { queue.add(ObjectKey(event.object)) }
        }
        jobs.addHandler { event in
            guard case .deleted(let job) = event else { return }
            for pod in pods.list(index: "job-tracking", job.metadata.uid) { queue.add(ObjectKey(pod)) }
        }
        return Controller(
            name: "job-orphan-pods", reconciler: JobOrphanController(context: context, jobs: jobs, pods: pods),
            queue: queue, workers: 1, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await jobs.waitForSync()
        guard let pod = pods.get(key), pod.metadata.finalizers.contains(JobTally.finalizer) else { return .done }
        if let owner = pod.metadata.controllerReference {
            let job = jobs.get(ObjectKey(namespace: key.namespace, name: owner.name))
            if let job, job.metadata.uid == owner.uid { return .done }
            // The cache may not know the job yet.
            let fresh = try await context.client.getIfPresent(Job.self, owner.name, namespace: key.namespace)
            if let fresh, fresh.metadata.uid == owner.uid { return .done }
        }
        try await JobFinalizer.remove(from: pod, context.client, pods)
        return .done
    }
}

enum JobFinalizer {
    static func remove(from pod: Pod, _ client: APIClient, _ pods: Informer<Pod>) async throws(StatusError) {
        let left = pod.metadata.finalizers.filter { $0 != JobTally.finalizer }
        let body: Value = [
            "metadata": [
                "uid": .string(pod.metadata.uid), "resourceVersion": .string(pod.metadata.resourceVersion),
                "finalizers": .array(left.map { .string($0) }),
            ]
        ]
        do throws(StatusError) {
            let written = try await client.patch(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace, .merge(body))
            await pods.catchUp(to: written.metadata.resourceVersion)
        } catch where error.reason == .notFound {}
    }
}

/// The pods of a Job.
enum JobPod {
    static func make(_ creation: JobPlan.Creation, for job: Job) -> Pod {
        var pod = PodControl.pod(from: job.spec.template, for: job)
        pod.metadata.finalizers.append(JobTally.finalizer)
        guard let index = creation.index else { return pod }
        if let failures = creation.failures {
            pod.metadata.annotations[IndexFailures.countKey] = String(failures)
            if creation.ignoredFailures > 0 {
                pod.metadata.annotations[IndexFailures.ignoredKey] = String(creation.ignoredFailures)
            }
        }
        pod.metadata.generateName = "\(job.metadata.name)-\(index)-"
        pod.metadata.annotations[Job.indexKey] = String(index)
        pod.metadata.labels[Job.indexKey] = String(index)
        pod.spec.hostname = "\(job.metadata.name)-\(index)"
        for position in pod.spec.initContainers.indices { tell(&pod.spec.initContainers[position]) }
        for position in pod.spec.containers.indices { tell(&pod.spec.containers[position]) }
        return pod
    }

    private static func tell(_ container: inout Container) {
        guard !container.env.contains(where: { $0.name == "JOB_COMPLETION_INDEX" }) else { return }
        var field = ObjectFieldSelector()
        field.fieldPath = "metadata.labels['\(Job.indexKey)']"
        var source = EnvVarSource()
        source.fieldRef = field
        var variable = EnvVar()
        variable.name = "JOB_COMPLETION_INDEX"
        variable.valueFrom = source
        container.env.append(variable)
    }
}
