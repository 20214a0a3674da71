package import APITypes
package import Determinism

/// What to do about one Job, and nothing else.
package enum TTLPlan: Sendable, Equatable {
    case leaveAlone
    case wait(Duration)
    case delete

    package static func decide(_ job: Job, now: Timestamp) -> TTLPlan {
        guard job.metadata.deletionTimestamp == nil, let seconds = job.spec.ttlSecondsAfterFinished,
            let finished = finishTime(of: job)
        else { return .leaveAlone }
        let expiry = finished + .seconds(Int64(seconds))
        return expiry <= now ? .delete : .wait(expiry - now)
    }

    private static func finishTime(of job: Job) -> Timestamp? {
        job.status.conditions.first { ($0.type == "Complete" || $0.type == "Failed") && $0.status == "True" }?
            .lastTransitionTime
    }
}
