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

    /// When the last container ended.
    var finishTime: Timestamp? {
        status.containerStatuses.compactMap { $0.state.terminated?.finishedAt }.max()
            ?? metadata.deletionTimestamp ?? condition("Ready")?.lastTransitionTime
    }

    var restarts: Int {
        (status.initContainerStatuses + status.containerStatuses).reduce(0) { $0 + Int($1.restartCount) }
    }
}
