import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import TimeZones
import WorkloadControllers

@Suite("CronJobPlan")
struct CronJobPlanTests {
    /// Ten in the morning of the first of January 2026.
    private static let ten = Timestamp(seconds: 1_767_261_600)

    private func cron(_ schedule: String = "0 * * * *", lastRun: Timestamp? = ten - .seconds(3600)) -> CronJob {
        var cron = CronJob()
        cron.metadata = .sample("tick")
        cron.metadata.creationTimestamp = Self.ten - .seconds(86_400)
        cron.spec.schedule = schedule
        cron.spec.concurrencyPolicy = "Allow"
        cron.status.lastScheduleTime = lastRun
        return cron
    }

    private func job(_ name: String, end: String? = nil, startedAt: Timestamp = ten) -> Job {
        var job = Job()
        job.metadata = .sample(name)
        job.status.startTime = startedAt
        guard let end else { return job }
        var condition = JobCondition()
        condition.type = end
        condition.status = "True"
        job.status.conditions = [condition]
        if end == "Complete" { job.status.completionTime = startedAt + .seconds(5) }
        return job
    }

    private func decide(_ cron: CronJob, _ jobs: [Job] = [], at now: Timestamp = ten) -> CronJobPlan {
        CronJobPlan.decide(cron, jobs: jobs, zone: TimeZone.named(cron.spec.timeZone ?? "UTC"), now: now)
    }

    @Test("a run begins at its time, once, and its name says when")
    func start() {
        var cron = cron()
        #expect(decide(cron, at: Self.ten - .seconds(1)).start == nil)
        #expect(decide(cron, at: Self.ten - .seconds(1)).pause == .seconds(1))
        let plan = decide(cron)
        #expect(plan.start == Self.ten)
        #expect(plan.pause == .seconds(3600))
        #expect(CronJobPlan.job(for: cron, at: Self.ten, zone: .utc).metadata.name == "tick-\(Self.ten.seconds / 60)")
        cron.status = plan.status
        #expect(decide(cron).start == nil)
    }

    @Test("a run begins by the clocks of its zone, and its job tells the time there")
    func zone() throws {
        var cron = cron("30 15 * * *", lastRun: Self.ten - .seconds(86_400))
        cron.spec.timeZone = "Asia/Kolkata"
        #expect(decide(cron, at: Self.ten - .seconds(1)).start == nil)
        #expect(decide(cron).start == Self.ten)
        #expect(decide(cron).pause == .seconds(86_400))
        let job = CronJobPlan.job(for: cron, at: Self.ten, zone: try #require(TimeZone.named("Asia/Kolkata")))
        let told = job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"]
        #expect(told == "2026-01-01T15:30:00+05:30")
        #expect(job.metadata.name == "tick-\(Self.ten.seconds / 60)")
    }

    @Test("of several missed runs only the last begins, and one that is too late does not")
    func missed() {
        #expect(decide(cron(lastRun: Self.ten - .seconds(5 * 3600)), at: Self.ten + .seconds(60)).start == Self.ten)
        var impatient = cron(lastRun: Self.ten - .seconds(5 * 3600))
        impatient.spec.startingDeadlineSeconds = 30
        #expect(decide(impatient, at: Self.ten + .seconds(20)).start == Self.ten)
        #expect(decide(impatient, at: Self.ten + .seconds(40)).start == nil)
        // Runs of long ago are told of and do not slow the search down.
        let old = decide(cron("* * * * *", lastRun: Self.ten - .seconds(86_400 * 30)))
        #expect(old.start == Self.ten)
        #expect(old.news.map(\.reason).contains("TooManyMissedTimes"))
    }

    @Test(
        "a job that still runs is joined, waited for, or replaced",
        arguments: [("Allow", true, 0, 2), ("Forbid", false, 0, 1), ("Replace", true, 1, 0)])
    func concurrency(policy: String, starts: Bool, replaced: Int, active: Int) {
        var cron = cron()
        cron.spec.concurrencyPolicy = policy
        let running = job("tick-1")
        cron.status.active = [CronJobPlan.reference(to: running)]
        let plan = decide(cron, [running])
        #expect((plan.start != nil) == starts)
        #expect(plan.replaced.count == replaced)
        // The new one is added by who makes it.
        #expect(plan.status.active.count == (policy == "Allow" ? active - 1 : active))
        #expect(plan.news.map(\.reason) == (policy == "Forbid" ? ["JobAlreadyActive"] : []))
    }

    @Test("a run that was forbidden is made up for when the other has ended")
    func forbiddenLater() {
        var cron = cron()
        cron.spec.concurrencyPolicy = "Forbid"
        let running = job("tick-1")
        cron.status.active = [CronJobPlan.reference(to: running)]
        cron.status = decide(cron, [running]).status
        let plan = decide(cron, [job("tick-1", end: "Complete")], at: Self.ten + .seconds(600))
        #expect(plan.start == Self.ten)
        #expect(plan.status.active.isEmpty)
    }

    @Test("jobs that end or vanish leave the list; one begun by hand never enters it")
    func following() {
        var cron = cron(lastRun: Self.ten)
        cron.status.active = ["done", "gone"].map { CronJobPlan.reference(to: job($0)) }
        let plan = decide(cron, [job("done", end: "Complete"), job("by-hand")], at: Self.ten + .seconds(60))
        #expect(plan.status.active.isEmpty)
        #expect(plan.status.lastSuccessfulTime == Self.ten + .seconds(5))
        #expect(Set(plan.news.map(\.reason)) == ["SawCompletedJob", "MissingJob", "UnexpectedJob"])
        #expect(plan.news.contains { $0.message == "Saw completed job: done, condition: Complete" })
    }

    @Test("the oldest finished jobs go, successes and failures each by their own limit")
    func history() {
        var cron = cron(lastRun: Self.ten)
        cron.spec.successfulJobsHistoryLimit = 1
        cron.spec.failedJobsHistoryLimit = 0
        let jobs = [
            job("s2", end: "Complete", startedAt: Self.ten), job("s1", end: "Complete", startedAt: Self.ten - .seconds(9)),
            job("f", end: "Failed"), job("running"),
        ]
        #expect(decide(cron, jobs, at: Self.ten + .seconds(60)).expired.map(\.metadata.name).sorted() == ["f", "s1"])
        cron.spec.failedJobsHistoryLimit = nil
        #expect(decide(cron, jobs, at: Self.ten + .seconds(60)).expired.map(\.metadata.name) == ["s1"])
    }

    @Test("a suspended one, an unreadable schedule and an unknown time zone begin nothing and ask for no next look")
    func nothing() {
        var suspended = cron()
        suspended.spec.suspend = true
        #expect(decide(suspended).start == nil && decide(suspended).pause == nil)
        let unreadable = decide(cron("sometimes"))
        #expect(unreadable.news.map(\.reason) == ["UnparseableSchedule"] && unreadable.pause == nil)
        var elsewhere = cron()
        elsewhere.spec.timeZone = "Nowhere/Land"
        #expect(decide(elsewhere).news.map(\.reason) == ["UnknownTimeZone"])
        let message = "invalid timeZone: \"Nowhere/Land\": unknown time zone Nowhere/Land"
        #expect(decide(elsewhere).news.map(\.message) == [message])
    }
}
