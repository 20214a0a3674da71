internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// What a deployment reports: numbers, and whether it gets on.
enum ProgressPlan {
    static func counts(_ deployment: Deployment, _ history: ReplicaSetHistory, now: Timestamp) -> DeploymentStatus {
        let all = history.all
        let available = all.reduce(0) { $0 + $1.status.availableReplicas }
        var status = deployment.status
        status.observedGeneration = deployment.metadata.generation
        status.replicas = all.reduce(0) { $0 + $1.status.replicas }
        status.updatedReplicas = history.newest?.status.replicas ?? 0
        status.readyReplicas = all.reduce(0) { $0 + $1.status.readyReplicas }
        status.availableReplicas = available
        status.unavailableReplicas = max(Int32(history.total) - available, 0)
        status.terminatingReplicas = all.reduce(0) { $0 + ($1.status.terminatingReplicas ?? 0) }
        if Int(available) >= RolloutLimits(deployment).minAvailable {
            status.setCondition(
                DeploymentReason.available, "True", reason: DeploymentReason.minimumAvailable,
                "Deployment has minimum availability.", now: now)
        } else {
            status.setCondition(
                DeploymentReason.available, "False", reason: DeploymentReason.minimumUnavailable,
                "Deployment does not have minimum availability.", now: now)
        }
        return status
    }

    /// The whole status of a deployment that rolls.
    static func status(_ deployment: Deployment, _ history: ReplicaSetHistory, now: Timestamp) -> DeploymentStatus {
        var status = counts(deployment, history, now: now)
        if deployment.progressDeadline == nil { status.removeCondition(DeploymentReason.progressing) }
        let before = status.condition(DeploymentReason.progressing)
        let wasComplete =
            status.replicas == status.updatedReplicas && before?.reason == DeploymentReason.newReplicaSetAvailable
        if deployment.progressDeadline != nil, !wasComplete { judge(deployment, history, &status, now: now) }
        setFailure(history, &status)
        return status
    }

    private static func judge(
        _ deployment: Deployment, _ history: ReplicaSetHistory, _ status: inout DeploymentStatus, now: Timestamp
    ) {
        let subject =
            history.newest.map { "ReplicaSet \"\($0.metadata.name)\"" } ?? "Deployment \"\(deployment.metadata.name)\""
        if isComplete(deployment, status) {
            status.setCondition(
                DeploymentReason.progressing, "True", reason: DeploymentReason.newReplicaSetAvailable,
                "\(subject) has successfully progressed.", now: now)
        } else if hasProgressed(deployment.status, status) {
            status.replaceCondition(
                DeploymentReason.progressing, "True", reason: DeploymentReason.updated, "\(subject) is progressing.",
                now: now)
        } else if hasTimedOut(deployment, status, now: now) {
            status.setCondition(
                DeploymentReason.progressing, "False", reason: DeploymentReason.timedOut,
                "\(subject) has timed out progressing.", now: now)
        }
    }

    /// A failure of the newest set, or else of any old one, is the deployment's.
    private static func setFailure(_ history: ReplicaSetHistory, _ status: inout DeploymentStatus) {
        status.removeCondition(ReplicaFailure.type)
        let sets = [history.newest].compactMap { $0 } + history.old
        guard let failure = sets.lazy.flatMap(\.status.conditions).first(where: { $0.type == ReplicaFailure.type })
        else { return }
        var condition = DeploymentCondition()
        condition.type = failure.type
        condition.status = failure.status
        condition.reason = failure.reason
        condition.message = failure.message
        condition.lastTransitionTime = failure.lastTransitionTime
        condition.lastUpdateTime = failure.lastTransitionTime
        status.conditions.append(condition)
    }

    static func isComplete(_ deployment: Deployment, _ status: DeploymentStatus) -> Bool {
        let desired = Int32(deployment.desired)
        return status.updatedReplicas == desired && status.replicas == desired && status.availableReplicas == desired
            && status.observedGeneration >= deployment.metadata.generation
    }

    private static func hasProgressed(_ old: DeploymentStatus, _ new: DeploymentStatus) -> Bool {
        new.updatedReplicas > old.updatedReplicas
            || new.replicas - new.updatedReplicas < old.replicas - old.updatedReplicas
            || new.readyReplicas > old.readyReplicas || new.availableReplicas > old.availableReplicas
    }

    private static func hasTimedOut(_ deployment: Deployment, _ status: DeploymentStatus, now: Timestamp) -> Bool {
        guard let condition = status.condition(DeploymentReason.progressing), let deadline = deployment.progressDeadline
        else { return false }
        if condition.reason == DeploymentReason.newReplicaSetAvailable { return false }
        if condition.reason == DeploymentReason.timedOut { return true }
        guard !deployment.spec.paused, let since = condition.lastUpdateTime else { return false }
        return since + deadline < now
    }

    /// When a deployment that does not get on will have to be called stuck.
    static func pauseUntilTimeout(_ deployment: Deployment, _ status: DeploymentStatus, now: Timestamp) -> Duration? {
        guard let deadline = deployment.progressDeadline,
            let condition = status.condition(DeploymentReason.progressing), let since = condition.lastUpdateTime,
            condition.reason != DeploymentReason.timedOut, !deployment.spec.paused,
            condition.reason != DeploymentReason.newReplicaSetAvailable, !isComplete(deployment, status)
        else { return nil }
        return max((since + deadline) - now, .zero) + .seconds(1)
    }

    /// Paused and resumed deployments say so, and the clock of their progress starts anew.
    static func paused(_ deployment: Deployment, now: Timestamp) -> DeploymentStatus {
        var status = deployment.status
        guard deployment.progressDeadline != nil else { return status }
        let condition = status.condition(DeploymentReason.progressing)
        if condition?.reason == DeploymentReason.timedOut { return status }
        let isTold = condition?.reason == DeploymentReason.paused
        if deployment.spec.paused, !isTold {
            status.setCondition(
                DeploymentReason.progressing, "Unknown", reason: DeploymentReason.paused, "Deployment is paused",
                now: now)
        } else if !deployment.spec.paused, isTold {
            status.setCondition(
                DeploymentReason.progressing, "Unknown", reason: DeploymentReason.resumed, "Deployment is resumed",
                now: now)
        }
        return status
    }
}
