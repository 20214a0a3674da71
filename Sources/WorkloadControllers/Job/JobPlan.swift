internal import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

/// What to do about one Job.
package struct JobPlan: Sendable {
    /// Pods made in one reconcile; as upstream.
    package static let createMax = 500
    /// The pause after the first failure; it doubles with each further one.
    package static let backoff = Backoff(initial: .seconds(10), maximum: .seconds(600))

    package struct News: Sendable, Equatable {
        package let isWarning: Bool
        package let reason: String
        package let message: String
    }

    package private(set) var status: JobStatus
    /// Completion indexes of the pods to make; `nil` for jobs without indexes.
    package private(set) var creations: [Int?] = []
    package private(set) var deletions: [Pod] = []
    /// Pods that are counted once the status is written: their finalizer may go.
    package private(set) var releases: [Pod] = []
    package private(set) var news: [News] = []
    /// When to look again though nothing changes.
    package private(set) var pause: Duration?

    private let job: Job
    private let pods: [Pod]
    private let now: Timestamp
    private var tally: JobTally

    /// - pods: all that the Job has.
    package static func decide(_ job: Job, pods: [Pod], now: Timestamp) -> JobPlan {
        var plan = JobPlan(job, pods, now)
        plan.decide()
        return plan
    }

    private init(_ job: Job, _ pods: [Pod], _ now: Timestamp) {
        self.job = job
        self.pods = pods
        self.now = now
        tally = JobTally(job, pods: pods, isOver: job.isFinished || job.condition("FailureTarget")?.status == "True")
        status = tally.status
        releases = tally.releases
    }

    private var active: [Pod] { pods.filter(\.isActive) }
    private var terminating: [Pod] { pods.filter { $0.metadata.isBeingDeleted && !$0.hasFinished } }

    private mutating func decide() {
        guard !job.isFinished else { return }
        if status.startTime == nil, !job.isSuspended {
            status.startTime = now
            if let limit = job.spec.activeDeadlineSeconds { pause = .seconds(limit) }
        }
        status.active = Int32(active.count)
        status.ready = Int32(active.count { $0.isReady })
        status.terminating = Int32(terminating.count)
        guard !job.metadata.isBeingDeleted else { return }
        if let failure = failure() { return fail(failure) }
        if hasSucceeded { return succeed() }
        if job.isSuspended { return suspend() }
        resume()
        balance()
    }

    // MARK: The end

    private struct Failure {
        let reason: String
        let message: String
    }

    private mutating func failure() -> Failure? {
        if let known = job.condition("FailureTarget"), known.status == "True" {
            return Failure(reason: known.reason, message: known.message)
        }
        if let message = tally.policyFailure { return Failure(reason: "PodFailurePolicy", message: message) }
        let limit = Int(job.spec.backoffLimit ?? 6)
        if tally.failed > limit || hasRestartedTooOften(limit) {
            return Failure(
                reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit")
        }
        guard let seconds = job.spec.activeDeadlineSeconds, let started = status.startTime, !job.isSuspended else {
            return nil
        }
        let left = started + .seconds(seconds) - now
        if left <= .zero {
            return Failure(
                reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
        }
        pause = left
        return nil
    }

    private func hasRestartedTooOften(_ limit: Int) -> Bool {
        guard job.spec.template.spec.restartPolicy == "OnFailure" else { return false }
        let restarts = pods.filter { $0.status.phase == "Running" || $0.status.phase == "Pending" }
            .reduce(0) { $0 + $1.restarts }
        return limit == 0 ? restarts > 0 : restarts >= limit
    }

    private mutating func fail(_ failure: Failure) {
        deletions = active
        status.active = 0
        status.ready = 0
        status.terminating = Int32(terminating.count + deletions.count)
        set("FailureTarget", reason: failure.reason, failure.message)
        guard deletions.isEmpty, terminating.isEmpty, tally.isSettled else { return }
        set("Failed", reason: failure.reason, failure.message)
        news.append(News(isWarning: true, reason: failure.reason, message: failure.message))
    }

    private var hasSucceeded: Bool {
        if job.spec.completions == nil { return tally.succeeded > 0 && active.isEmpty }
        return tally.succeeded >= job.completions
    }

    private mutating func succeed() {
        let (reason, message) = ("CompletionsReached", "Reached expected number of succeeded pods")
        deletions = active
        status.active = 0
        status.ready = 0
        status.terminating = Int32(terminating.count + deletions.count)
        set("SuccessCriteriaMet", reason: reason, message)
        guard deletions.isEmpty, terminating.isEmpty, tally.isSettled else { return }
        set("Complete", reason: reason, message)
        status.completionTime = now
        news.append(News(isWarning: false, reason: "Completed", message: "Job completed"))
    }

    private mutating func set(_ type: String, _ value: String = "True", reason: String, _ message: String) {
        if let known = status.conditions.first(where: { $0.type == type }), known.status == value { return }
        var condition = JobCondition()
        condition.type = type
        condition.status = value
        condition.reason = reason
        condition.message = message
        condition.lastProbeTime = now
        condition.lastTransitionTime = now
        if let index = status.conditions.firstIndex(where: { $0.type == type }) {
            status.conditions[index] = condition
        } else {
            status.conditions.append(condition)
        }
    }

    // MARK: Suspension

    private mutating func suspend() {
        deletions = active
        status.active = 0
        status.ready = 0
        status.terminating = Int32(terminating.count + deletions.count)
        status.startTime = nil
        if job.condition("Suspended")?.status != "True" {
            set("Suspended", reason: "JobSuspended", "Job suspended")
            news.append(News(isWarning: false, reason: "Suspended", message: "Job suspended"))
        }
    }

    private mutating func resume() {
        guard job.condition("Suspended")?.status == "True" else { return }
        set("Suspended", "False", reason: "JobResumed", "Job resumed")
        status.startTime = now
        news.append(News(isWarning: false, reason: "Resumed", message: "Job resumed"))
    }

    // MARK: The right number of pods

    private mutating func balance() {
        let active = active
        let wanted = wantedCount(active.count)
        var surplus = job.isIndexed ? duplicates(active) : []
        if active.count - surplus.count > wanted {
            let uids = Set(surplus.map(\.metadata.uid))
            let rest = active.filter { !uids.contains($0.metadata.uid) }
            surplus += PodRanking.sorted(rest, related: rest, now: now).prefix(rest.count - wanted)
        }
        if !surplus.isEmpty {
            deletions = surplus
            status.active = Int32(active.count - surplus.count)
            status.terminating = Int32(terminating.count + surplus.count)
            return
        }
        let busy = active.count + (job.replacesFailedOnly ? terminating.count : 0)
        let missing = min(wanted - busy, Self.createMax)
        guard missing > 0 else { return }
        if let wait = pauseAfterFailure {
            pause = pause.map { min($0, wait) } ?? wait
            return
        }
        creations = job.isIndexed ? freeIndexes(missing).map { $0 } : Array(repeating: nil, count: missing)
        status.active = Int32(active.count + creations.count)
    }

    private func wantedCount(_ active: Int) -> Int {
        // A queue of work: once one pod has succeeded, no new ones are begun.
        if job.spec.completions == nil {
            return tally.succeeded > 0 ? min(active, job.parallelism) : job.parallelism
        }
        return min(job.parallelism, max(0, job.completions - tally.succeeded))
    }

    /// Pods for an index that is taken, done, or out of range.
    private func duplicates(_ active: [Pod]) -> [Pod] {
        var seen: Set<Int> = []
        return active.sorted { ($0.metadata.creationTimestamp ?? now) < ($1.metadata.creationTimestamp ?? now) }.filter {
            guard let index = $0.completionIndex, index < job.completions, !tally.succeededIndexes.contains(index) else {
                return true
            }
            return !seen.insert(index).inserted
        }
    }

    private func freeIndexes(_ count: Int) -> [Int] {
        var taken = Set(active.compactMap(\.completionIndex))
        if job.replacesFailedOnly { taken.formUnion(terminating.compactMap(\.completionIndex)) }
        return Array(
            (0..<job.completions).lazy
                .filter { !taken.contains($0) && !tally.succeededIndexes.contains($0) }.prefix(count))
    }

    /// Failures since the last success make the next try wait.
    private var pauseAfterFailure: Duration? {
        let lastSuccess = pods.filter { $0.status.phase == "Succeeded" }.compactMap(\.finishTime).max()
        let failures = pods.filter { $0.status.phase == "Failed" }.compactMap(\.finishTime).filter { failure in
            lastSuccess.map { failure > $0 } ?? true
        }
        guard let last = failures.max() else { return nil }
        let wait = last + Self.backoff.delay(attempt: failures.count - 1, random: SeededRandomSource(seed: 0)) - now
        return wait > .zero ? wait : nil
    }
}
