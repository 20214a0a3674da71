internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Makes and deletes pods on behalf of owners, and tells it in events.
///
/// **Guarantees.** When a call returns, the cache shows everything it did, so that the next reconcile cannot do
/// it again.
struct PodControl: Sendable {
    private let client: APIClient
    private let recorder: EventRecorder
    private let pods: Informer<Pod>

    init(_ context: ControllerContext, pods: Informer<Pod>) {
        client = context.client
        recorder = context.recorder
        self.pods = pods
    }

    /// A pod as the template wants it, owned by `owner`, with a name that the server makes.
    static func pod(from template: PodTemplateSpec, for owner: some APIObject) -> Pod {
        var pod = Pod()
        pod.metadata.namespace = owner.metadata.namespace
        pod.metadata.generateName = prefix(owner.metadata.name)
        pod.metadata.labels = template.metadata.labels
        pod.metadata.annotations = template.metadata.annotations
        pod.metadata.finalizers = template.metadata.finalizers
        pod.metadata.ownerReferences = [.controller(owner)]
        pod.spec = template.spec
        return pod
    }

    private static func prefix(_ owner: String) -> String {
        let prefix = owner + "-"
        return Names.dns1123Subdomain(Names.maskingTrailingDash(prefix)).isEmpty ? prefix : owner
    }

    /// Creates one pod; throws what the server says after telling it.
    func create(_ pod: Pod, for owner: some APIObject) async throws(StatusError) {
        do throws(StatusError) {
            let created = try await client.create(pod)
            recorder.event(owner, .normal, reason: "SuccessfulCreate", "Created pod: \(created.metadata.name)")
            await pods.catchUp(to: created.metadata.resourceVersion)
        } catch {
            if !error.isNamespaceEnding {
                recorder.event(owner, .warning, reason: "FailedCreate", "Error creating: \(error)")
            }
            throw error
        }
    }

    /// Deletes one pod; one that is gone already is no failure.
    func delete(_ pod: Pod, for owner: some APIObject) async throws(StatusError) {
        do throws(StatusError) {
            try await client.delete(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace,
                options: DeletionOptions(uid: pod.metadata.uid))
            recorder.event(owner, .normal, reason: "SuccessfulDelete", "Deleted pod: \(pod.metadata.name)")
        } catch where error.reason != .notFound {
            recorder.event(owner, .warning, reason: "FailedDelete", "Error deleting: \(error)")
            throw error
        }
        await pods.catchUp(deletionOf: ObjectKey(pod), uid: pod.metadata.uid)
    }
}

/// Does many things of the same kind, at first few at once: when the first fails, the thousandth need not be tried.
enum SlowStart {
    /// Runs `count` calls in batches of 1, 2, 4... and stops after the batch in which one failed. Says how many
    /// succeeded, and the first failure.
    static func run(
        _ count: Int, _ call: @escaping @Sendable (Int) async throws(StatusError) -> Void
    ) async -> (successes: Int, failure: StatusError?) {
        var done = 0
        var batch = 1
        while done < count {
            let size = min(batch, count - done)
            let first = done
            let failures = await withTaskGroup(of: StatusError?.self) { group in
                for index in first..<first + size { group.addTask { await outcome(index, call) } }
                return await group.reduce(into: [StatusError]()) { failures, failure in
                    if let failure { failures.append(failure) }
                }
            }
            if let failure = failures.first { return (done + size - failures.count, failure) }
            done += size
            batch *= 2
        }
        return (done, nil)
    }

    private static func outcome(
        _ index: Int, _ call: @Sendable (Int) async throws(StatusError) -> Void
    ) async -> StatusError? {
        do throws(StatusError) {
            try await call(index)
            return nil
        } catch {
            return error
        }
    }
}
