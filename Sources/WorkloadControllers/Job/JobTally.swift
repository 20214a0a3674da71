internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Counts the finished pods of a Job exactly once each, though pods may vanish at any time.
///
/// A pod carries a finalizer until it is counted. Its UID is first written into the status as "uncounted"; then
/// the finalizer goes; and once the cache shows that it has gone, the UID is exchanged for an increment. For
/// indexed jobs the list of completed indexes is the count of successes, and needs no UIDs.
struct JobTally {
    static let finalizer = "batch.kubernetes.io/job-tracking"
    /// UIDs in the status at once; as upstream.
    static let uncountedMax = 500

    var status: JobStatus
    private(set) var succeededIndexes: IndexSet
    /// Failures by index, where the Job counts so.
    private(set) var indexFailures: IndexFailures?
    /// Pods whose finalizer may go once the status is written.
    private(set) var releases: [Pod] = []
    /// The newest failures, by policy or not, that ended the whole Job.
    private(set) var policyFailure: String?
    private let job: Job
    private var uncounted: UncountedTerminatedPods
    /// Failed pods that are counted later.
    private var held = 0

    /// - isOver: the Job has failed, so that pods still running count as failures.
    init(_ job: Job, pods: [Pod], isOver: Bool) {
        self.job = job
        status = job.status
        uncounted = job.status.uncountedTerminatedPods ?? UncountedTerminatedPods()
        succeededIndexes = IndexSet(job.status.completedIndexes, below: job.completions)
        settle(pods)
        for pod in pods where pod.status.phase == "Succeeded" && pod.metadata.finalizers.contains(Self.finalizer) {
            if job.isIndexed, let index = pod.completionIndex, index < job.completions { succeededIndexes.insert(index) }
        }
        indexFailures = IndexFailures(job, pods: pods, succeeded: succeededIndexes)
        for pod in pods where pod.metadata.finalizers.contains(Self.finalizer) { consider(pod, isOver: isOver) }
        status.uncountedTerminatedPods = uncounted
        if job.isIndexed {
            status.completedIndexes = succeededIndexes.text
            status.succeeded = Int32(succeededIndexes.count)
        }
        if let indexFailures { status.failedIndexes = indexFailures.failed.text }
    }

    /// Finished pods, counted or about to be.
    var succeeded: Int { Int(status.succeeded) + uncounted.succeeded.count }
    var failed: Int { Int(status.failed) + uncounted.failed.count + held }
    var isSettled: Bool { uncounted.succeeded.isEmpty && uncounted.failed.isEmpty && releases.isEmpty }

    /// UIDs whose pods have no finalizer any more become numbers.
    private mutating func settle(_ pods: [Pod]) {
        let held = Set(pods.filter { $0.metadata.finalizers.contains(Self.finalizer) }.map(\.metadata.uid))
        let (succeeded, failed) = (uncounted.succeeded.count, uncounted.failed.count)
        uncounted.succeeded.removeAll { !held.contains($0) }
        uncounted.failed.removeAll { !held.contains($0) }
        if !job.isIndexed { status.succeeded += Int32(succeeded - uncounted.succeeded.count) }
        status.failed += Int32(failed - uncounted.failed.count)
    }

    private mutating func consider(_ pod: Pod, isOver: Bool) {
        let uid = pod.metadata.uid
        let hasFailed = pod.hasFailed(in: job)
        let index = pod.completionIndex
        let isInRange = !job.isIndexed || index.map { $0 < job.completions } ?? false
        guard pod.status.phase == "Succeeded" || hasFailed || isOver else { return }
        if hasFailed, !isOver, !job.metadata.isBeingDeleted, job.condition("SuccessCriteriaMet") == nil,
            indexFailures?.holds(pod) == true
        {
            held += 1
            return
        }
        if uncounted.failed.contains(uid) || uncounted.succeeded.contains(uid) || !isInRange {
            releases.append(pod)
            return
        }
        guard uncounted.failed.count + uncounted.succeeded.count < Self.uncountedMax else { return }
        releases.append(pod)
        if pod.status.phase == "Succeeded" {
            if !job.isIndexed { uncounted.succeeded.append(uid) }
            return
        }
        switch FailurePolicy.verdict(on: pod, of: job) {
        case .count, .failIndex: uncounted.failed.append(uid)
        case .ignore: break
        case .failJob(let message):
            uncounted.failed.append(uid)
            policyFailure = policyFailure ?? message
        }
    }
}

/// Whole numbers as `1,3-5,7`.
struct IndexSet: Equatable {
    private var members: Set<Int> = []

    /// - below: what a job that shrank no longer has is left out.
    init(_ text: String = "", below end: Int = .max) {
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, first < end else { continue }
            members.formUnion(first...min(last, end - 1))
        }
    }

    var count: Int { members.count }

    func contains(_ index: Int) -> Bool { members.contains(index) }

    mutating func insert(_ index: Int) { members.insert(index) }

    func intersection(_ other: IndexSet) -> IndexSet {
        var common = IndexSet()
        common.members = members.intersection(other.members)
        return common
    }

    var text: String {
        var runs: [(Int, Int)] = []
        for index in members.sorted() {
            if let last = runs.last, last.1 == index - 1 {
                runs[runs.count - 1].1 = index
            } else {
                runs.append((index, index))
            }
        }
        // Upstream writes two neighbours as two numbers.
        return runs.map { first, last in
            first == last ? "\(first)" : last == first + 1 ? "\(first),\(last)" : "\(first)-\(last)"
        }.joined(separator: ",")
    }
}

/// `spec.podFailurePolicy`: what a failed pod means for its Job.
enum FailurePolicy: Equatable {
    case count
    case ignore
    /// The pod counts, and its index is not tried again.
    case failIndex
    case failJob(message: String)

    static func verdict(on pod: Pod, of job: Job) -> FailurePolicy {
        guard let policy = job.spec.podFailurePolicy, pod.status.phase == "Failed" else { return .count }
        for (number, rule) in policy.rules.enumerated() {
            guard let match = match(rule, pod) else { continue }
            switch rule.action {
            case "Ignore": return .ignore
            case "FailIndex" where job.spec.backoffLimitPerIndex != nil: return .failIndex
            case "FailJob": return .failJob(message: "\(match) matching FailJob rule at index \(number)")
            case _: return .count
            }
        }
        return .count
    }

    private static func match(_ rule: PodFailurePolicyRule, _ pod: Pod) -> String? {
        let name = "\(pod.metadata.namespace)/\(pod.metadata.name)"
        if let wanted = rule.onExitCodes {
            for status in pod.status.containerStatuses + pod.status.initContainerStatuses {
                guard let code = status.state.terminated?.exitCode, code != 0 else { continue }
                if let only = wanted.containerName, only != status.name { continue }
                if wanted.values.contains(code) == (wanted.operator == "In") {
                    return "Container \(status.name) for pod \(name) failed with exit code \(code)"
                }
            }
        }
        for pattern in rule.onPodConditions {
            let status = pattern.status.isEmpty ? "True" : pattern.status
            if pod.status.conditions.contains(where: { $0.type == pattern.type && $0.status == status }) {
                return "Pod \(name) has condition \(pattern.type)"
            }
        }
        return nil
    }
}
