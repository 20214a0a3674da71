internal import APITypes
internal import ControllerRuntime

/// What happens to replica sets when the deployment's own number changes, or while it is paused.
///
/// One active set takes the whole change. Several, in the middle of a rollout, share it in proportion to their
/// sizes: of 10 pods, 8 old and 2 new, scaled to 20, the old set grows by 8 and the new by 2.
enum ScalePlan {
    static func scalings(_ history: ReplicaSetHistory, _ limits: RolloutLimits, _ deployment: Deployment) -> [Scaling] {
        let active = history.all.filter { $0.desired > 0 }
        if active.count <= 1, let only = active.first ?? history.newest ?? history.old.last {
            return [Scaling(only, to: limits.desired, limits)].compactMap { $0 }
        }
        if isSaturated(history.newest, limits) {
            return history.old.filter { $0.desired > 0 }.compactMap { Scaling($0, to: 0, limits) }
        }
        guard deployment.isRolling else { return [] }
        return proportional(active, limits, deployment)
    }

    /// Whether a change of the deployment's number has not reached its replica sets yet.
    static func isDue(_ history: ReplicaSetHistory, _ limits: RolloutLimits) -> Bool {
        history.all.contains { set in
            guard set.desired > 0, let known = annotation(DeploymentAnnotations.desired, set) else { return false }
            return known != limits.desired
        }
    }

    /// The newest set alone does all that is wanted.
    static func isSaturated(_ set: ReplicaSet?, _ limits: RolloutLimits) -> Bool {
        guard let set, let known = annotation(DeploymentAnnotations.desired, set) else { return false }
        return set.desired == limits.desired && known == limits.desired
            && Int(set.status.availableReplicas) == limits.desired
    }

    private static func proportional(
        _ active: [ReplicaSet], _ limits: RolloutLimits, _ deployment: Deployment
    ) -> [Scaling] {
        let allowed = limits.desired > 0 ? limits.maxTotal : 0
        let toAdd = allowed - active.reduce(0) { $0 + $1.desired }
        // The largest first; of equals the newer when growing, the older when shrinking.
        let sorted = active.sorted { left, right in
            if left.desired != right.desired { return left.desired > right.desired }
            let isOlder = ReplicaSetHistory.age(left) < ReplicaSetHistory.age(right)
            return toAdd > 0 ? !isOlder : isOlder
        }
        var sizes: [Int] = []
        var added = 0
        for set in sorted {
            let share = share(of: set, toAdd: toAdd, added: added, limits, deployment)
            sizes.append(set.desired + share)
            added += share
        }
        // What rounding left over goes to the largest.
        if toAdd != 0, !sizes.isEmpty { sizes[0] = max(sizes[0] + toAdd - added, 0) }
        return zip(sorted, sizes).compactMap { Scaling($0, to: $1, limits) }
    }

    private static func share(
        of set: ReplicaSet, toAdd: Int, added: Int, _ limits: RolloutLimits, _ deployment: Deployment
    ) -> Int {
        guard set.desired != 0, toAdd != 0, toAdd != added else { return 0 }
        let fraction = fraction(of: set, limits, deployment)
        return toAdd > 0 ? min(fraction, toAdd - added) : max(fraction, toAdd - added)
    }

    private static func fraction(of set: ReplicaSet, _ limits: RolloutLimits, _ deployment: Deployment) -> Int {
        guard limits.desired > 0 else { return -set.desired }
        let known = annotation(DeploymentAnnotations.maximum, set) ?? Int(deployment.status.replicas)
        guard known > 0 else { return 0 }
        let size = (Double(set.desired * limits.maxTotal) / Double(known)).rounded()
        return Int(size) - set.desired
    }

    private static func annotation(_ name: String, _ set: ReplicaSet) -> Int? {
        set.metadata.annotations[name].flatMap { Int($0) }
    }
}
