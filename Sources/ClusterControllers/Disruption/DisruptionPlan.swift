internal import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

/// How many pods of a budget may be disrupted now.
package struct DisruptionPlan: Sendable {
    /// A disruption that was granted and did not happen counts no more after this.
    package static let grantMax = Duration.seconds(120)

    package let status: PodDisruptionBudgetStatus
    /// When the next granted disruption runs out.
    package let pause: Duration?

    /// - pods: those the budget selects.
    /// - scale: what the owners of these pods are scaled to in sum; `nil` when that is not known.
    package static func decide(
        _ budget: PodDisruptionBudget, pods: [Pod], scale: Int?, now: Timestamp
    ) -> DisruptionPlan {
        let (expected, desired) = wanted(budget.spec, count: pods.count, scale: scale)
        var pause: Duration?
        let disrupted = budget.status.disruptedPods.filter { name, granted in
            guard let pod = pods.first(where: { $0.metadata.name == name }), !pod.metadata.isBeingDeleted else {
                return false
            }
            let left = granted + grantMax - now
            guard left > .zero else { return false }
            pause = pause.map { min($0, left) } ?? left
            return true
        }
        let healthy = pods.count {
            !$0.metadata.isBeingDeleted && $0.isReady && disrupted[$0.metadata.name] == nil
        }
        var status = budget.status
        status.disruptedPods = disrupted
        status.currentHealthy = Int32(healthy)
        status.desiredHealthy = Int32(desired)
        status.expectedPods = Int32(expected)
        status.disruptionsAllowed = Int32(expected > 0 ? max(0, healthy - desired) : 0)
        status.observedGeneration = budget.metadata.generation
        status.conditions = conditions(of: status, generation: budget.metadata.generation, now: now)
        return DisruptionPlan(status: status, pause: pause)
    }

    /// Whether it matters how many pods the owners want.
    package static func needsScale(_ spec: PodDisruptionBudgetSpec) -> Bool {
        if spec.maxUnavailable != nil { return true }
        if case .string = spec.minAvailable { return true }
        return false
    }

    /// The status while it is not known how many pods there should be: nothing may be disturbed.
    package static func refusal(
        _ budget: PodDisruptionBudget, because why: String, now: Timestamp
    ) -> PodDisruptionBudgetStatus {
        var status = budget.status
        status.disruptionsAllowed = 0
        status.observedGeneration = budget.metadata.generation
        status.conditions = conditions(
            of: status, generation: budget.metadata.generation, now: now, failure: ("SyncFailed", why))
        return status
    }

    private static func wanted(
        _ spec: PodDisruptionBudgetSpec, count: Int, scale: Int?
    ) -> (expected: Int, desired: Int) {
        // Validation lets nothing through that cannot be scaled.
        if let most = spec.maxUnavailable {
            let expected = scale ?? count
            let unavailable = (try? most.scaled(of: expected, roundUp: true)) ?? 0
            return (expected, max(0, expected - unavailable))
        }
        guard let least = spec.minAvailable else { return (count, 0) }
        if case .int(let number) = least { return (count, Int(number)) }
        let expected = scale ?? count
        return (expected, (try? least.scaled(of: expected, roundUp: true)) ?? expected)
    }

    private static func conditions(
        of status: PodDisruptionBudgetStatus, generation: Int64, now: Timestamp,
        failure: (reason: String, message: String)? = nil
    ) -> [Condition] {
        let isAllowed = status.disruptionsAllowed > 0
        var condition = Condition()
        condition.type = "DisruptionAllowed"
        condition.status = isAllowed ? "True" : "False"
        condition.reason = failure?.reason ?? (isAllowed ? "SufficientPods" : "InsufficientPods")
        condition.message = failure?.message ?? ""
        condition.observedGeneration = generation
        let old = status.conditions.first { $0.type == condition.type }
        condition.lastTransitionTime = old?.status == condition.status ? old?.lastTransitionTime : now
        return status.conditions.filter { $0.type != condition.type } + [condition]
    }
}
