internal import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

/// How many pods to make or which to delete, and what to report.
package enum ReplicaPlan {
    /// Pods made or deleted in one reconcile; as upstream.
    package static let burstMax = 500

    package enum Action: Sendable, Equatable {
        case nothing
        case create(Int)
        case delete([Pod])
    }

    /// - pods: everything the owner has.
    /// - related: active pods of the same workload, of whatever owner; deleted first where many share a node.
    package static func decide(
        desired: Int, pods: [Pod], related: @autoclosure () -> [Pod], now: Timestamp
    ) -> Action {
        let active = pods.filter(\.isActive)
        if active.count < desired { return .create(min(desired - active.count, burstMax)) }
        guard active.count > desired else { return .nothing }
        let surplus = min(active.count - desired, burstMax)
        if surplus == active.count { return .delete(active) }
        return .delete(Array(PodRanking.sorted(active, related: related(), now: now).prefix(surplus)))
    }

    static func status(
        of owner: some ReplicaOwner, pods: [Pod], failure: ReplicaFailure?, now: Timestamp
    ) -> ReplicaStatus {
        let active = pods.filter(\.isActive)
        let labels = owner.podTemplate.metadata.labels
        var status = owner.reported
        status.replicas = active.count
        status.fullyLabeled = active.count { pod in labels.allSatisfy { pod.metadata.labels[$0.key] == $0.value } }
        status.ready = active.count { $0.isReady }
        status.available = active.count { $0.isAvailable(minReady: owner.minReady, now: now) }
        status.terminating =
            owner is ReplicaSet ? pods.count { $0.metadata.isBeingDeleted && !$0.hasFinished } : nil
        status.observedGeneration = max(status.observedGeneration, owner.metadata.generation)
        status.failure = told(failure, before: status.failure, now: now)
        return status
    }

    /// The first failure of its kind stays as it was told.
    private static func told(_ failure: ReplicaFailure?, before: ReplicaFailure?, now: Timestamp) -> ReplicaFailure? {
        guard var failure else { return nil }
        if let before, before.reason == failure.reason { return before }
        failure.since = now
        return failure
    }

    /// When the next ready pod will count as available.
    static func nextChange(of owner: some ReplicaOwner, pods: [Pod], now: Timestamp) -> Duration? {
        pods.filter(\.isActive).compactMap { $0.timeUntilAvailable(minReady: owner.minReady, now: now) }.min()
    }
}
