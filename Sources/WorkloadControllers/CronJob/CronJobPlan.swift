package import APITypes
internal import ControllerRuntime
package import Determinism
package import TimeZones

/// What to do about one CronJob.
package struct CronJobPlan: Sendable {
    /// More missed runs than this point to a broken clock or a deadline that is too long.
    package static let missedMax = 100

    package struct News: Sendable, Equatable {
        package let isWarning: Bool
        package let reason: String
        package let message: String
    }

    package private(set) var status: CronJobStatus
    /// The run to begin now.
    package private(set) var start: Timestamp?
    /// Running jobs that make place for the next.
    package private(set) var replaced: [Job] = []
    /// Finished jobs beyond the history's limits.
    package private(set) var expired: [Job] = []
    package private(set) var news: [News] = []
    package private(set) var pause: Duration?

    private let cron: CronJob
    private let zone: TimeZone?
    private let now: Timestamp

    /// - jobs: all that the CronJob owns.
    /// - zone: whose clocks its schedule goes by; `nil` when there is none of that name.
    package static func decide(_ cron: CronJob, jobs: [Job], zone: TimeZone?, now: Timestamp) -> CronJobPlan {
        var plan = CronJobPlan(cron, zone, now)
        plan.followJobs(jobs)
        plan.trimHistory(jobs)
        if !cron.metadata.isBeingDeleted { plan.decideStart(jobs) }
        return plan
    }

    private init(_ cron: CronJob, _ zone: TimeZone?, _ now: Timestamp) {
        self.cron = cron
        self.zone = zone
        self.now = now
        status = cron.status
    }

    // MARK: What runs

    private mutating func followJobs(_ jobs: [Job]) {
        for job in jobs {
            let isListed = status.active.contains { $0.uid == job.metadata.uid }
            if !isListed, !job.isFinished {
                // Begun by hand; it does not count.
                warn("UnexpectedJob", "Saw a job that the controller did not create or forgot: \(job.metadata.name)")
            } else if isListed, job.isFinished {
                status.active.removeAll { $0.uid == job.metadata.uid }
                let end = job.condition("Complete")?.status == "True" ? "Complete" : "Failed"
                tell("SawCompletedJob", "Saw completed job: \(job.metadata.name), condition: \(end)")
            }
            guard job.condition("Complete")?.status == "True", let done = job.status.completionTime else { continue }
            if status.lastSuccessfulTime.map({ $0 < done }) ?? true { status.lastSuccessfulTime = done }
        }
        for listed in status.active where !jobs.contains(where: { $0.metadata.uid == listed.uid }) {
            status.active.removeAll { $0.uid == listed.uid }
            tell("MissingJob", "Active job went missing: \(listed.name)")
        }
    }

    package static func reference(to job: Job) -> ObjectReference {
        var reference = EventRecorder.reference(to: job)
        reference.resourceVersion = job.metadata.resourceVersion
        return reference
    }

    private mutating func trimHistory(_ jobs: [Job]) {
        let finished = jobs.filter(\.isFinished).sorted {
            ($0.status.startTime ?? now, $0.metadata.name) < ($1.status.startTime ?? now, $1.metadata.name)
        }
        let succeeded = finished.filter { $0.condition("Complete")?.status == "True" }
        let failed = finished.filter { $0.condition("Complete")?.status != "True" }
        if let limit = cron.spec.successfulJobsHistoryLimit { expired += succeeded.dropLast(Int(limit)) }
        if let limit = cron.spec.failedJobsHistoryLimit { expired += failed.dropLast(Int(limit)) }
    }

    // MARK: What is due

    private mutating func decideStart(_ jobs: [Job]) {
        guard cron.spec.suspend != true else { return }
        guard let zone else {
            let name = cron.spec.timeZone ?? ""
            warn("UnknownTimeZone", "invalid timeZone: \"\(name)\": unknown time zone \(name)")
            return
        }
        guard let schedule = CronSchedule(cron.spec.schedule) else {
            warn("UnparseableSchedule", "unparseable schedule: \"\(cron.spec.schedule)\"")
            return
        }
        pause = schedule.next(after: now, in: zone).map { $0 - now }
        guard let due = mostRecent(schedule, zone) else { return }
        if let deadline = cron.spec.startingDeadlineSeconds, due + .seconds(deadline) < now {
            warn("MissSchedule", "Missed scheduled time to start a job: \(due.rfc1123)")
            return
        }
        let running = jobs.filter { job in status.active.contains { $0.uid == job.metadata.uid } }
        switch cron.spec.concurrencyPolicy {
        case "Forbid" where !status.active.isEmpty:
            tell(
                "JobAlreadyActive",
                "Not starting job because prior execution is running and concurrency policy is Forbid")
            return
        case "Replace":
            replaced = running
            status.active.removeAll()
        case _:
            break
        }
        start = due
        status.lastScheduleTime = due
    }

    /// The last run that should have begun by now and was not.
    private mutating func mostRecent(_ schedule: CronSchedule, _ zone: TimeZone) -> Timestamp? {
        var earliest = status.lastScheduleTime ?? cron.metadata.creationTimestamp ?? now
        if let deadline = cron.spec.startingDeadlineSeconds { earliest = max(earliest, now - .seconds(deadline)) }
        var latest: Timestamp?
        var missed = 0
        var time = earliest
        while let next = schedule.next(after: time, in: zone), next <= now {
            latest = next
            time = next
            missed += 1
            if missed == Self.missedMax + 1 {
                warn(
                    "TooManyMissedTimes",
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew")
                // Nearer to now, by the rhythm seen so far.
                let rhythm = max(60, (next - earliest).wholeNanoseconds / 1_000_000_000 / Int64(missed))
                time = max(time, now - .seconds(rhythm * 2))
            }
        }
        return latest
    }

    private mutating func tell(_ reason: String, _ message: String) {
        news.append(News(isWarning: false, reason: reason, message: message))
    }

    private mutating func warn(_ reason: String, _ message: String) {
        news.append(News(isWarning: true, reason: reason, message: message))
    }

    // MARK: The next job

    /// The job for a run. Its name says when, so that no run is begun twice.
    package static func job(for cron: CronJob, at time: Timestamp, zone: TimeZone?) -> Job {
        var job = Job()
        let template = cron.spec.jobTemplate
        job.metadata.namespace = cron.metadata.namespace
        job.metadata.name = "\(cron.metadata.name)-\(time.seconds / 60)"
        job.metadata.labels = template.metadata.labels
        job.metadata.annotations = template.metadata.annotations
        job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = time.rfc3339(in: zone ?? .utc)
        job.metadata.ownerReferences = [.controller(cron)]
        job.spec = template.spec
        return job
    }
}

extension Timestamp {
    /// By the zone's clocks: `2026-01-01T01:00:00+01:00`.
    fileprivate func rfc3339(in zone: TimeZone) -> String {
        let offset = zone.offset(at: seconds)
        guard offset != 0 else { return rfc3339 }
        let minutes = Int64(offset.magnitude) / 60
        let distance = CivilTime.padded(minutes / 60, 2) + ":" + CivilTime.padded(minutes % 60, 2)
        return Timestamp(seconds: seconds + offset).rfc3339.dropLast() + (offset < 0 ? "-" : "+") + distance
    }

    /// `Thu, 01 Jan 2026 00:00:00 +0000`
    fileprivate var rfc1123: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let parts = rfc3339.split { "-T:Z".contains($0) }.map(String.init)
        let month = (Int(parts[1]) ?? 1) - 1
        return "\(days[Int(seconds / 86_400 % 7)]), \(parts[2]) \(months[month]) \(parts[0]) "
            + "\(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }
}
