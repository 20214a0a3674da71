package import APITypes
internal import ControllerRuntime
package import Determinism

/// The next thing to do for a deployment. One step at a time: each ends in a change that brings the deployment
/// back to its controller.
package struct DeploymentPlan: Sendable, Equatable {
    /// What is done to replica sets.
    package enum Step: Sendable, Equatable {
        case create(ReplicaSet)
        /// The newest set gets the deployment's annotations and revision.
        case describe(ReplicaSet)
        case scale([Scaling])
        case delete([ReplicaSet])
    }

    package var steps: [Step] = []
    package var status: DeploymentStatus
    /// What the deployment's own revision annotation should say; `nil` leaves it.
    package var revision: Int64?
    /// When to look again although nothing happens.
    package var pause: Duration?

    /// - arePodsLeft: whether pods of old replica sets still run; asked only when everything is recreated.
    package static func decide(
        _ deployment: Deployment, _ sets: [ReplicaSet], arePodsLeft: (ReplicaSetHistory) -> Bool, now: Timestamp
    ) -> DeploymentPlan {
        let history = ReplicaSetHistory(deployment, sets)
        let limits = RolloutLimits(deployment)
        if deployment.metadata.isBeingDeleted {
            return DeploymentPlan(status: ProgressPlan.counts(deployment, history, now: now))
        }
        var deployment = deployment
        deployment.status = ProgressPlan.paused(deployment, now: now)
        if deployment.spec.paused || ScalePlan.isDue(history, limits) {
            let plan = scale(deployment, history, limits, now: now)
            if deployment.spec.paused || !plan.steps.isEmpty { return plan }
        }
        var plan = roll(deployment, history, limits, arePodsLeft: arePodsLeft, now: now)
        plan.pause = ProgressPlan.pauseUntilTimeout(deployment, plan.status, now: now)
        return plan
    }

    // MARK: Scaling alone

    private static func scale(
        _ deployment: Deployment, _ history: ReplicaSetHistory, _ limits: RolloutLimits, now: Timestamp
    ) -> DeploymentPlan {
        var plan = DeploymentPlan(status: ProgressPlan.counts(deployment, history, now: now))
        if let newest = history.newest { plan.describe(newest, deployment, history, now: now) }
        guard plan.steps.isEmpty else { return plan }
        let scalings = ScalePlan.scalings(history, limits, deployment)
        if !scalings.isEmpty { plan.steps.append(.scale(scalings)) }
        if deployment.spec.paused { plan.cleanUp(history, deployment) }
        return plan
    }

    // MARK: Rolling

    private static func roll(
        _ deployment: Deployment, _ history: ReplicaSetHistory, _ limits: RolloutLimits,
        arePodsLeft: (ReplicaSetHistory) -> Bool, now: Timestamp
    ) -> DeploymentPlan {
        var plan = DeploymentPlan(status: ProgressPlan.status(deployment, history, now: now))
        if !deployment.isRolling {
            let old = history.old.compactMap { $0.desired > 0 ? Scaling($0, to: 0, limits) : nil }
            if !old.isEmpty {
                plan.steps = [.scale(old)]
                return plan
            }
            // The new pods may not meet the old ones.
            if arePodsLeft(history) { return plan }
        }
        guard let newest = history.newest else {
            plan.create(NewReplicaSetPlan.make(deployment, history, limits), deployment, history, now: now)
            return plan
        }
        plan.describe(newest, deployment, history, now: now)
        guard plan.steps.isEmpty else { return plan }
        let scalings =
            deployment.isRolling
            ? RolloutPlan.rollingStep(history, newest, limits)
            : newest.desired == limits.desired ? [] : [Scaling(newest, to: limits.desired, limits)].compactMap { $0 }
        if !scalings.isEmpty {
            plan.steps.append(.scale(scalings))
        } else if ProgressPlan.isComplete(deployment, plan.status) {
            plan.cleanUp(history, deployment)
        }
        return plan
    }

    // MARK: Steps

    private mutating func create(
        _ set: ReplicaSet, _ deployment: Deployment, _ history: ReplicaSetHistory, now: Timestamp
    ) {
        steps.append(.create(set))
        revision = history.nextRevision
        guard deployment.progressDeadline != nil else { return }
        status.setCondition(
            DeploymentReason.progressing, "True", reason: DeploymentReason.created,
            "Created new replica set \"\(set.metadata.name)\"", now: now)
    }

    private mutating func describe(
        _ newest: ReplicaSet, _ deployment: Deployment, _ history: ReplicaSetHistory, now: Timestamp
    ) {
        let described = NewReplicaSetPlan.redescribed(newest, deployment, history)
        if let described { steps.append(.describe(described)) }
        let wanted = DeploymentAnnotations.revision(of: (described ?? newest).metadata)
        if DeploymentAnnotations.revision(of: deployment.metadata) != wanted { revision = wanted }
        guard deployment.progressDeadline != nil, status.condition(DeploymentReason.progressing) == nil else { return }
        status.setCondition(
            DeploymentReason.progressing, "True", reason: DeploymentReason.found,
            "Found new replica set \"\(newest.metadata.name)\"", now: now)
    }

    private mutating func cleanUp(_ history: ReplicaSetHistory, _ deployment: Deployment) {
        let surplus = HistoryPlan.surplus(history, deployment)
        if !surplus.isEmpty { steps.append(.delete(surplus)) }
    }
}
