internal import APITypes
internal import ControllerRuntime

/// The next step from the old replica sets to the newest, within the limits of the strategy.
enum RolloutPlan {
    /// One step of a rolling update: up first; down once there is nothing to add.
    ///
    /// Never asks for more than `maxTotal` pods, and never takes away pods that are needed to have
    /// `minAvailable` available.
    static func rollingStep(_ history: ReplicaSetHistory, _ newest: ReplicaSet, _ limits: RolloutLimits) -> [Scaling] {
        if let scaling = scaleNewest(history, newest, limits) { return [scaling] }
        return scaleDownOld(history, newest, limits)
    }

    /// The size at which a new replica set starts or to which it may grow now.
    static func size(of newest: Int, total: Int, _ limits: RolloutLimits, isRolling: Bool) -> Int {
        guard isRolling else { return limits.desired }
        guard newest < limits.desired, total < limits.maxTotal else { return newest }
        return newest + min(limits.maxTotal - total, limits.desired - newest)
    }

    private static func scaleNewest(
        _ history: ReplicaSetHistory, _ newest: ReplicaSet, _ limits: RolloutLimits
    ) -> Scaling? {
        if newest.desired == limits.desired { return nil }
        if newest.desired > limits.desired { return Scaling(newest, to: limits.desired, limits) }
        let size = size(of: newest.desired, total: history.total, limits, isRolling: true)
        return size == newest.desired ? nil : Scaling(newest, to: size, limits)
    }

    private static func scaleDownOld(
        _ history: ReplicaSetHistory, _ newest: ReplicaSet, _ limits: RolloutLimits
    ) -> [Scaling] {
        var old = history.old.filter { $0.desired > 0 }
        guard !old.isEmpty else { return [] }
        // New pods that are not available yet may have to be waited for in vain, so they do not count.
        let newestUnavailable = newest.desired - surelyAvailable(newest)
        let room = history.total - limits.minAvailable - newestUnavailable
        guard room > 0 else { return [] }
        let before = old
        removeUnhealthy(from: &old, atMost: room)
        let available = (old + [newest]).reduce(0) { $0 + surelyAvailable($1) }
        removeHealthy(from: &old, atMost: available - limits.minAvailable)
        return zip(before, old).compactMap { set, shrunk in
            set.desired == shrunk.desired ? nil : Scaling(set, to: shrunk.desired, limits)
        }
    }

    /// Status lags behind spec: pods that are available still, but in surplus already, are as good as gone.
    private static func surelyAvailable(_ set: ReplicaSet) -> Int {
        min(Int(set.status.availableReplicas), set.desired)
    }

    /// Pods that serve nobody go first: that costs no availability.
    private static func removeUnhealthy(from old: inout [ReplicaSet], atMost room: Int) {
        var left = room
        for index in old.indices where left > 0 {
            let count = min(left, old[index].desired - surelyAvailable(old[index]))
            old[index].spec.replicas = Int32(old[index].desired - count)
            left -= count
        }
    }

    private static func removeHealthy(from old: inout [ReplicaSet], atMost surplus: Int) {
        var left = surplus
        for index in old.indices where left > 0 {
            let count = min(left, old[index].desired)
            old[index].spec.replicas = Int32(old[index].desired - count)
            left -= count
        }
    }
}
