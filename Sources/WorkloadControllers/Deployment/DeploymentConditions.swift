internal import APITypes
internal import Determinism

/// The conditions `Available`, `Progressing` and `ReplicaFailure`, with upstream's reasons.
extension DeploymentStatus {
    func condition(_ type: String) -> DeploymentCondition? { conditions.first { $0.type == type } }

    /// Nothing changes when status and reason stay; the transition time changes with the status alone.
    mutating func setCondition(
        _ type: String, _ status: String, reason: String, _ message: String, now: Timestamp
    ) {
        let old = condition(type)
        if let old, old.status == status, old.reason == reason { return }
        replaceCondition(type, status, reason: reason, message, now: now)
    }

    /// As ``setCondition``, but tells the time of the update in any case.
    mutating func replaceCondition(
        _ type: String, _ status: String, reason: String, _ message: String, now: Timestamp
    ) {
        let old = condition(type)
        var new = DeploymentCondition()
        new.type = type
        new.status = status
        new.reason = reason
        new.message = message
        new.lastUpdateTime = now
        new.lastTransitionTime = old?.status == status ? old?.lastTransitionTime : now
        removeCondition(type)
        conditions.append(new)
    }

    mutating func removeCondition(_ type: String) { conditions.removeAll { $0.type == type } }
}

/// Condition types and reasons.
enum DeploymentReason {
    static let available = "Available"
    static let progressing = "Progressing"

    static let newReplicaSetAvailable = "NewReplicaSetAvailable"
    static let timedOut = "ProgressDeadlineExceeded"
    static let paused = "DeploymentPaused"
    static let resumed = "DeploymentResumed"
    static let created = "NewReplicaSetCreated"
    static let found = "FoundNewReplicaSet"
    static let updated = "ReplicaSetUpdated"
    static let createFailed = "ReplicaSetCreateError"
    static let minimumAvailable = "MinimumReplicasAvailable"
    static let minimumUnavailable = "MinimumReplicasUnavailable"
}
