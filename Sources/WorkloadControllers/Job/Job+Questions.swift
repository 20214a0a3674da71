internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

extension Job {
    static let indexKey = "batch.kubernetes.io/job-completion-index"

    var isIndexed: Bool { spec.completionMode == "Indexed" }
    var completions: Int { Int(spec.completions ?? 0) }
    var parallelism: Int { Int(spec.parallelism ?? 1) }
    var isSuspended: Bool { spec.suspend ?? false }
    /// Terminating pods are replaced only once they have failed.
    var replacesFailedOnly: Bool { spec.podReplacementPolicy == "Failed" || spec.podFailurePolicy != nil }

    func condition(_ type: String) -> JobCondition? { status.conditions.first { $0.type == type } }

    /// Complete or failed for good.
    var isFinished: Bool {
        status.conditions.contains { ($0.type == "Complete" || $0.type == "Failed") && $0.status == "True" }
    }
}

extension Pod {
    var completionIndex: Int? { metadata.annotations[Job.indexKey].flatMap { Int($0) } }

    /// On its way out without having finished, which counts as a failure at once.
    func isBeingLost(in job: Job) -> Bool {
        !job.replacesFailedOnly && metadata.isBeingDeleted && status.phase != "Succeeded"
    }

    func hasFailed(in job: Job) -> Bool { status.phase == "Failed" || isBeingLost(in: job) }

    /// When the last container ended; else when the pod ceased to be ready, or was deleted.
    var finishTime: Timestamp? {
        let ends = status.containerStatuses.map { $0.state.terminated?.finishedAt }
        if !ends.isEmpty, !ends.contains(nil) { return ends.compactMap { $0 }.max() }
        if let ready = condition("Ready"), ready.status == "False" { return ready.lastTransitionTime }
        return metadata.deletionTimestamp.map { $0 - .seconds(metadata.deletionGracePeriodSeconds ?? 0) }
            ?? metadata.creationTimestamp
    }

    var restarts: Int {
        (status.initContainerStatuses + status.containerStatuses).reduce(0) { $0 + Int($1.restartCount) }
    }
}
