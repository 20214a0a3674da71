internal import APIMachinery
package import APITypes
package import Determinism

/// How long a pod may stay on a node with taints that evict.
package enum TaintEvictionPlan: Sendable, Equatable {
    case stay
    case wait(Duration)
    case evict

    package static func decide(_ pod: Pod, taints: [Taint], now: Timestamp) -> TaintEvictionPlan {
        let evicting = taints.filter { $0.effect == "NoExecute" }
        guard !evicting.isEmpty else { return .stay }
        var end: Timestamp?
        for taint in evicting {
            let tolerations = pod.spec.tolerations.filter { tolerates($0, taint) }
            guard !tolerations.isEmpty else { return .evict }
            // The shortest of the tolerations that are used; none of them with a limit: for ever.
            guard let seconds = tolerations.compactMap(\.tolerationSeconds).min() else { continue }
            if seconds <= 0 { return .evict }
            let over = (taint.timeAdded ?? now) + .seconds(seconds)
            end = min(end ?? over, over)
        }
        guard let end else { return .stay }
        return end <= now ? .evict : .wait(end - now)
    }

    package static func tolerates(_ toleration: Toleration, _ taint: Taint) -> Bool {
        if !toleration.effect.isEmpty, toleration.effect != taint.effect { return false }
        if !toleration.key.isEmpty, toleration.key != taint.key { return false }
        switch toleration.operator {
        case "", "Equal": return !toleration.key.isEmpty && toleration.value == taint.value
        case "Exists": return true
        case "Lt", "Gt":
            guard let limit = Int64(toleration.value), let value = Int64(taint.value) else { return false }
            return toleration.operator == "Lt" ? value < limit : value > limit
        case _: return false
        }
    }
}
