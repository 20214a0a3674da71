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

    /// A pod to make.
    package struct Creation: Sendable, Equatable {
        /// `nil` for jobs without indexes.
        package var index: Int?
        /// For Jobs that limit them: failures of the index so far, and those that the policy ignores.
        package var failures: Int?
        package var ignoredFailures = 0

        package init(index: Int?, failures: Int? = nil, ignoredFailures: Int = 0) {
            self.index = index
            self.failures = failures
            self.ignoredFailures = ignoredFailures
        }
    }

    package private(set) var status: JobStatus
    package private(set) var creations: [Creation] = []
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
        if let known = job.condition("SuccessCriteriaMet"), known.status == "True" {
            return succeed(known.reason, known.message)
        }
        if let failure = failure() { return fail(failure) }
        if let message = JobSuccess.match(job, succeeded: tally.succeededIndexes) {
            return succeed("SuccessPolicy", message)
        }
        if hasSucceeded { return succeed("CompletionsReached", "Reached expected number of succeeded pods") }
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
        return pastDeadline() ?? indexFailure()
    }

    private mutating func pastDeadline() -> Failure? {
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

    private func indexFailure() -> Failure? {
        guard let failed = tally.indexFailures?.failed.count, failed > 0 else { return nil }
        if let most = job.spec.maxFailedIndexes, failed > Int(most) {
            return Failure(
                reason: "MaxFailedIndexesExceeded",
                message: "Job has exceeded the specified maximal number of failed indexes")
        }
        guard failed + tally.succeeded >= job.completions else { return nil }
        return Failure(reason: "FailedIndexes", message: "Job has failed indexes")
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
        end()
        set("Failed", reason: failure.reason, failure.message)
        news.append(News(isWarning: true, reason: failure.reason, message: failure.message))
    }

    private var hasSucceeded: Bool {
        if job.spec.completions == nil { return tally.succeeded > 0 && active.isEmpty }
        return tally.succeeded >= job.completions
    }

    private mutating func succeed(_ reason: String, _ message: String) {
        deletions = active
        status.active = 0
        status.ready = 0
        status.terminating = Int32(terminating.count + deletions.count)
        set("SuccessCriteriaMet", reason: reason, message)
        guard deletions.isEmpty, terminating.isEmpty, tally.isSettled else { return }
        end()
        set("Complete", reason: reason, message)
        status.completionTime = now
        news.append(News(isWarning: false, reason: "Completed", message: "Job completed"))
    }

    /// What has ended has begun, though it was suspended meanwhile.
    private mutating func end() {
        if status.startTime == nil { status.startTime = now }
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
            status.ready = Int32(active.count { $0.isReady } - surplus.count { $0.isReady })
            status.terminating = Int32(terminating.count + surplus.count)
            return
        }
        let busy = active.count + (job.replacesFailedOnly ? terminating.count : 0)
        let missing = min(wanted - busy, Self.createMax)
        guard missing > 0 else { return }
        let indexes: [Int?] = job.isIndexed ? freeIndexes(missing) : Array(repeating: nil, count: missing)
        begin(indexes)
    }

    /// Makes pods, but none too soon after a failure.
    private mutating func begin(_ indexes: [Int?]) {
        var waits: [Duration] = []
        if let failures = tally.indexFailures {
            for index in indexes.compactMap({ $0 }) {
                let wait = failures.pause(index, now: now)
                let (counted, ignored) = failures.counts(index)
                if wait > .zero { waits.append(wait) } else {
                    creations.append(Creation(index: index, failures: counted, ignoredFailures: ignored))
                }
            }
        } else if let wait = pauseAfterFailure {
            waits.append(wait)
        } else {
            creations = indexes.map { Creation(index: $0) }
        }
        pause = (waits + [pause].compactMap { $0 }).min()
        status.active += Int32(creations.count)
    }

    private func wantedCount(_ active: Int) -> Int {
        // A queue of work: once one pod has succeeded, no new ones are begun.
        if job.spec.completions == nil {
            return tally.succeeded > 0 ? min(active, job.parallelism) : job.parallelism
        }
        let over = tally.succeeded + (tally.indexFailures?.failed.count ?? 0)
        return min(job.parallelism, max(0, job.completions - over))
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
                .filter { !taken.contains($0) && !tally.succeededIndexes.contains($0) }
                .filter { tally.indexFailures?.failed.contains($0) != true }.prefix(count))
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
