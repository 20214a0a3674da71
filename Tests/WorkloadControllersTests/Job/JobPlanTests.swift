import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

extension Job {
    static let finalizer = "batch.kubernetes.io/job-tracking"

    static func sample(
        completions: Int32? = 1, parallelism: Int32 = 1, indexed: Bool = false, backoffLimit: Int32 = 6
    ) -> Job {
        var job = Job()
        job.metadata = .sample("pi")
        job.spec.completions = completions
        job.spec.parallelism = parallelism
        job.spec.backoffLimit = backoffLimit
        job.spec.completionMode = indexed ? "Indexed" : "NonIndexed"
        job.spec.template = .sample(labels: ["job-name": "pi"])
        job.spec.template.spec.restartPolicy = "Never"
        job.status.startTime = .testEpoch
        return job
    }

    func condition(named type: String) -> JobCondition? { status.conditions.first { $0.type == type } }
}

extension Pod {
    /// A pod of a Job, not yet counted.
    static func worker(
        _ name: String, _ phase: String, index: Int? = nil, exitCode: Int32? = nil, endedAt: Timestamp = .testEpoch
    ) -> Pod {
        var pod = Pod.sample(name, ready: phase == "Running" ? true : nil)
        pod.metadata.finalizers = [Job.finalizer]
        pod.status.phase = phase
        if let index { pod.metadata.annotations["batch.kubernetes.io/job-completion-index"] = String(index) }
        if phase == "Succeeded" || phase == "Failed" {
            var status = ContainerStatus()
            status.name = "main"
            var terminated = ContainerStateTerminated()
            terminated.exitCode = exitCode ?? (phase == "Failed" ? 1 : 0)
            terminated.finishedAt = endedAt
            status.state.terminated = terminated
            pod.status.containerStatuses = [status]
        }
        return pod
    }

    func failed(before count: Int) -> Pod {
        var pod = self
        pod.metadata.annotations["batch.kubernetes.io/job-index-failure-count"] = String(count)
        return pod
    }
}

@Suite("JobPlan")
struct JobPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(100)

    private func decide(_ job: Job, _ pods: [Pod] = [], now: Timestamp = JobPlanTests.now) -> JobPlan {
        JobPlan.decide(job, pods: pods, now: now)
    }

    /// Decides, writes the status, lets go of what was counted, and decides again, until nothing changes.
    private func settle(_ job: Job, _ pods: [Pod], now: Timestamp = JobPlanTests.now) -> JobPlan {
        var (job, pods) = (job, pods)
        for _ in 0..<10 {
            let plan = decide(job, pods, now: now)
            let released = Set(plan.releases.map(\.metadata.name))
            let deleted = Set(plan.deletions.map(\.metadata.name))
            let isQuiet = plan.status == job.status && released.isEmpty
            job.status = plan.status
            pods.removeAll { deleted.contains($0.metadata.name) }
            for index in pods.indices where released.contains(pods[index].metadata.name) {
                pods[index].metadata.finalizers = []
            }
            if isQuiet { return plan }
        }
        Issue.record("it never settles")
        return decide(job, pods, now: now)
    }

    @Test(
        "as many pods are begun as are wanted, bounded by what is still to be done",
        arguments: [
            (completions: 5, parallelism: 2, active: 0, succeeded: 0, begun: 2),
            (completions: 5, parallelism: 2, active: 1, succeeded: 0, begun: 1),
            (completions: 5, parallelism: 3, active: 1, succeeded: 3, begun: 1),
            (completions: 5, parallelism: 3, active: 2, succeeded: 3, begun: 0),
            (completions: 5, parallelism: 0, active: 0, succeeded: 0, begun: 0),
        ] as [(completions: Int32, parallelism: Int32, active: Int, succeeded: Int, begun: Int)])
    func balance(row: (completions: Int32, parallelism: Int32, active: Int, succeeded: Int, begun: Int)) {
        let pods =
            (0..<row.active).map { Pod.worker("a\($0)", "Running") }
            + (0..<row.succeeded).map { Pod.worker("s\($0)", "Succeeded") }
        let plan = decide(.sample(completions: row.completions, parallelism: row.parallelism), pods)
        #expect(plan.creations.count == row.begun)
        #expect(plan.deletions.isEmpty)
        #expect(plan.status.active == Int32(row.active + row.begun))
    }

    @Test("less parallelism takes pods away, those that have done least first")
    func shrink() {
        let plan = decide(.sample(completions: 5), [.worker("old", "Running"), .worker("new", "Pending")])
        #expect(plan.deletions.map(\.metadata.name) == ["new"])
    }

    @Test("a queue of work begins nothing new after its first success, and is done when the rest has ended")
    func workQueue() {
        let job = Job.sample(completions: nil, parallelism: 3)
        let some = decide(job, [.worker("s", "Succeeded"), .worker("a", "Running")])
        #expect(some.creations.isEmpty && some.deletions.isEmpty)
        let done = settle(job, [.worker("s", "Succeeded"), .worker("f", "Failed")])
        #expect(done.status.conditions.map(\.type) == ["SuccessCriteriaMet", "Complete"])
    }

    @Test("a pod is counted only after its UID was written down and its finalizer has gone")
    func countedOnce() {
        var job = Job.sample(completions: 2)
        var pod = Pod.worker("s", "Succeeded")
        let first = decide(job, [pod])
        #expect(first.status.succeeded == 0)
        #expect(first.status.uncountedTerminatedPods?.succeeded == ["uid-s"])
        #expect(first.releases.map(\.metadata.name) == ["s"])
        job.status = first.status
        // The finalizer could not be taken away: the UID stays where it is.
        #expect(decide(job, [pod]).status.uncountedTerminatedPods?.succeeded == ["uid-s"])
        pod.metadata.finalizers = []
        let last = decide(job, [pod])
        #expect(last.status.succeeded == 1)
        #expect(last.status.uncountedTerminatedPods?.succeeded == [])
    }

    @Test("a pod that is being deleted has failed at once, unless only failed pods are replaced")
    func lost() {
        var pod = Pod.worker("a", "Running")
        pod.metadata.deletionTimestamp = Self.now
        var job = Job.sample()
        #expect(decide(job, [pod]).status.uncountedTerminatedPods?.failed == ["uid-a"])
        job.spec.podReplacementPolicy = "Failed"
        let patient = decide(job, [pod])
        #expect(patient.status.uncountedTerminatedPods?.failed == [])
        #expect(patient.creations.isEmpty)
        #expect(patient.status.terminating == 1)
    }

    @Test("each failure since the last success doubles the pause before the next try")
    func backoff() {
        let failed = [
            Pod.worker("f0", "Failed", endedAt: Self.now - .seconds(30)),
            Pod.worker("f1", "Failed", endedAt: Self.now - .seconds(5)),
        ]
        #expect(decide(.sample(), failed).pause == .seconds(15))
        #expect(decide(.sample(), failed).creations.isEmpty)
        #expect(decide(.sample(), failed, now: Self.now + .seconds(15)).creations.count == 1)
        let success = Pod.worker("s", "Succeeded", endedAt: Self.now - .seconds(1))
        #expect(decide(.sample(completions: 2), failed + [success]).creations.count == 1)
    }

    @Test(
        "a Job fails for its reason, first as a target, and for good once all pods are gone and counted",
        arguments: ["BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy"])
    func failure(reason: String) {
        var job = Job.sample(backoffLimit: 0)
        var pods = [Pod.worker("a", "Running")]
        switch reason {
        case "DeadlineExceeded":
            job.spec.activeDeadlineSeconds = 100
        case "PodFailurePolicy":
            job.spec.podFailurePolicy = .failing(on: 42)
            pods.append(.worker("f", "Failed", exitCode: 42))
        case _:
            pods.append(.worker("f", "Failed"))
        }
        let first = decide(job, pods)
        #expect(first.status.conditions.map { "\($0.type)/\($0.reason)" } == ["FailureTarget/\(reason)"])
        #expect(first.deletions.map(\.metadata.name) == ["a"])
        #expect(first.news.isEmpty)
        let last = settle(job, pods)
        #expect(last.status.conditions.map(\.type) == ["FailureTarget", "Failed"])
        #expect(last.status.active == 0)
    }

    @Test("failures that the policy ignores do not count")
    func ignored() {
        var job = Job.sample(backoffLimit: 0)
        job.spec.podFailurePolicy = .failing(on: 42, action: "Ignore")
        let plan = settle(job, [.worker("f", "Failed", exitCode: 42)])
        #expect(plan.status.failed == 0)
        #expect(plan.status.conditions.isEmpty)
    }

    @Test("containers that are restarted too often fail a Job whose pods restart them")
    func restarts() {
        var job = Job.sample(backoffLimit: 3)
        job.spec.template.spec.restartPolicy = "OnFailure"
        var pod = Pod.worker("a", "Running")
        var status = ContainerStatus()
        status.restartCount = 2
        pod.status.containerStatuses = [status]
        #expect(decide(job, [pod]).status.conditions.isEmpty)
        pod.status.containerStatuses[0].restartCount = 3
        #expect(decide(job, [pod]).status.conditions.first?.reason == "BackoffLimitExceeded")
    }

    @Test("suspending takes pods and start time away, resuming starts the clock anew")
    func suspension() {
        var job = Job.sample(completions: 3, parallelism: 2)
        job.spec.suspend = true
        job.spec.activeDeadlineSeconds = 10
        let stopped = decide(job, [.worker("a", "Running")])
        #expect(stopped.deletions.count == 1)
        #expect(stopped.status.startTime == nil)
        #expect(stopped.status.conditions.map { "\($0.type)/\($0.reason)" } == ["Suspended/JobSuspended"])
        #expect(stopped.news.map(\.reason) == ["Suspended"])
        job.status = stopped.status
        #expect(decide(job).news.isEmpty)
        job.spec.suspend = false
        let resumed = decide(job)
        #expect(resumed.status.startTime == Self.now)
        #expect(resumed.creations.count == 2)
        #expect(resumed.status.conditions.map { "\($0.status)/\($0.reason)" } == ["False/JobResumed"])
    }

    @Test("the lowest free indexes are begun, and a second pod of an index goes")
    func indexes() {
        let job = Job.sample(completions: 6, parallelism: 4, indexed: true)
        let plan = decide(job, [.worker("s1", "Succeeded", index: 1), .worker("a2", "Running", index: 2)])
        #expect(plan.creations.map(\.index) == [0, 3, 4])
        #expect(plan.status.completedIndexes == "1")
        let twice = decide(job, [.worker("a", "Running", index: 0), .worker("b", "Running", index: 0)])
        #expect(twice.deletions.count == 1)
        let beyond = decide(job, [.worker("a", "Running", index: 6)])
        #expect(beyond.deletions.count == 1)
    }

    @Test(
        "completed indexes are written as upstream writes them",
        arguments: [([0], "0"), ([0, 1], "0,1"), ([0, 1, 2, 4], "0-2,4"), ([1, 3, 5, 6], "1,3,5,6")])
    func indexText(indexes: [Int], text: String) {
        let pods = indexes.map { Pod.worker("s\($0)", "Succeeded", index: $0) }
        #expect(decide(.sample(completions: 9, indexed: true), pods).status.completedIndexes == text)
    }

    @Test("an index has failures of its own, and the next pod carries their count on")
    func indexFailures() {
        var job = Job.sample(completions: 2, parallelism: 2, indexed: true, backoffLimit: .max)
        job.spec.backoffLimitPerIndex = 1
        let first = Pod.worker("a", "Failed", index: 0, endedAt: Self.now - .seconds(20)).failed(before: 0)
        let plan = decide(job, [first, .worker("b", "Running", index: 1)])
        #expect(plan.creations == [JobPlan.Creation(index: 0, failures: 1)])
        #expect(plan.releases.isEmpty, "it is held until the next one is there")
        let early = decide(job, [first, .worker("b", "Running", index: 1)], now: Self.now - .seconds(15))
        #expect(early.creations.isEmpty && early.pause == .seconds(5))
        let second = Pod.worker("c", "Failed", index: 0).failed(before: 1)
        let over = decide(job, [second, .worker("b", "Running", index: 1)])
        #expect(over.status.failedIndexes == "0")
        #expect(over.creations.isEmpty)
        let end = settle(job, [second, .worker("b", "Succeeded", index: 1)])
        #expect(end.status.conditions.map(\.reason) == ["FailedIndexes", "FailedIndexes"])
        #expect(end.status.failed == 1)
        job.spec.maxFailedIndexes = 0
        #expect(decide(job, [second]).status.conditions.first?.reason == "MaxFailedIndexesExceeded")
    }

    @Test(
        "a success policy ends a Job before all indexes are done",
        arguments: [
            (indexes: "0,2-3", count: nil, done: [0, 2, 3], isMet: true),
            (indexes: "0,2-3", count: nil, done: [0, 1, 2], isMet: false),
            (indexes: "0,2-3", count: 2, done: [0, 3], isMet: true),
            (indexes: nil, count: 2, done: [4, 5], isMet: true),
            (indexes: nil, count: 3, done: [4, 5], isMet: false),
        ] as [(indexes: String?, count: Int32?, done: [Int], isMet: Bool)])
    func successPolicy(row: (indexes: String?, count: Int32?, done: [Int], isMet: Bool)) {
        var job = Job.sample(completions: 9, parallelism: 9, indexed: true)
        var rule = SuccessPolicyRule()
        rule.succeededIndexes = row.indexes
        rule.succeededCount = row.count
        var policy = SuccessPolicy()
        policy.rules = [rule]
        job.spec.successPolicy = policy
        let pods = row.done.map { Pod.worker("s\($0)", "Succeeded", index: $0) } + [.worker("a", "Running", index: 8)]
        let plan = decide(job, pods)
        #expect((plan.status.conditions.first?.reason == "SuccessPolicy") == row.isMet)
        #expect(plan.deletions.isEmpty == !row.isMet)
        guard row.isMet else { return }
        let end = settle(job, pods)
        #expect(end.status.conditions.map(\.message) == ["Matched rules at index 0", "Matched rules at index 0"])
        #expect(end.status.conditions.map(\.type) == ["SuccessCriteriaMet", "Complete"])
    }
}

extension PodFailurePolicy {
    fileprivate static func failing(on code: Int32, action: String = "FailJob") -> PodFailurePolicy {
        var codes = PodFailurePolicyOnExitCodesRequirement()
        codes.operator = "In"
        codes.values = [code]
        var rule = PodFailurePolicyRule()
        rule.action = action
        rule.onExitCodes = codes
        var policy = PodFailurePolicy()
        policy.rules = [rule]
        return policy
    }
}
