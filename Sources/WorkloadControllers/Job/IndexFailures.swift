internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// How often each index of a Job has failed, for Jobs with `spec.backoffLimitPerIndex`.
///
/// The count travels with the pods: each is annotated with the failures of its index before it. So the last failed pod
/// of an index keeps its finalizer, and is not counted, until the next one has been made and carries the count on.
struct IndexFailures {
    static let countKey = "batch.kubernetes.io/job-index-failure-count"
    static let ignoredKey = "batch.kubernetes.io/job-index-ignored-failure-count"

    /// Indexes that are not tried again.
    private(set) var failed: IndexSet
    /// The last failed pod of each index that is tried again.
    private(set) var last: [Int: Pod] = [:]
    private let job: Job

    /// `nil` where failures are counted for the Job as a whole.
    init?(_ job: Job, pods: [Pod], succeeded: IndexSet) {
        guard job.isIndexed, let limit = job.spec.backoffLimitPerIndex else { return nil }
        self.job = job
        failed = IndexSet(job.status.failedIndexes ?? "")
        let failures = pods.filter { $0.hasFailed(in: job) }
        for pod in failures where pod.metadata.finalizers.contains(JobTally.finalizer) {
            guard let index = pod.completionIndex, index < job.completions else { continue }
            switch FailurePolicy.verdict(on: pod, of: job) {
            case .failIndex: failed.insert(index)
            case .count where Self.number(pod, Self.countKey) >= Int(limit): failed.insert(index)
            case .count, .ignore, .failJob: break
            }
        }
        let active = Set(pods.filter(\.isActive).compactMap(\.completionIndex))
        for pod in failures {
            guard let index = pod.completionIndex, index < job.completions, !active.contains(index),
                !succeeded.contains(index), !failed.contains(index)
            else { continue }
            if let known = last[index], Self.attempts(known) > Self.attempts(pod) { continue }
            last[index] = pod
        }
    }

    /// Whether the pod's count is still to be handed on.
    func holds(_ pod: Pod) -> Bool { pod.completionIndex.flatMap { last[$0] }?.metadata.uid == pod.metadata.uid }

    /// How long the next pod of an index has to wait.
    func pause(_ index: Int, now: Timestamp) -> Duration {
        guard let pod = last[index], let end = pod.finishTime else { return .zero }
        let delay = JobPlan.backoff.delay(attempt: Self.attempts(pod), random: SeededRandomSource(seed: 0))
        return max(.zero, end + delay - now)
    }

    /// Failures of an index before its next pod, and those among them that the Job's policy ignores.
    func counts(_ index: Int) -> (counted: Int, ignored: Int) {
        guard let pod = last[index] else { return (0, 0) }
        let isIgnored = FailurePolicy.verdict(on: pod, of: job) == .ignore
        let (counted, ignored) = (Self.number(pod, Self.countKey), Self.number(pod, Self.ignoredKey))
        return isIgnored ? (counted, ignored + 1) : (counted + 1, ignored)
    }

    private static func attempts(_ pod: Pod) -> Int { number(pod, countKey) + number(pod, ignoredKey) }

    private static func number(_ pod: Pod, _ key: String) -> Int { pod.metadata.annotations[key].flatMap { Int($0) } ?? 0 }
}
