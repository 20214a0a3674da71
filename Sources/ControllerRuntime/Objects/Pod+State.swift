package import APITypes
package import Determinism

/// What controllers ask of pods; upstream's `podutil` and `controller.IsPodActive`.
extension Pod {
    package func condition(_ type: String) -> PodCondition? { status.conditions.first { $0.type == type } }

    package var isReady: Bool { condition("Ready")?.status == "True" }

    /// Succeeded or failed: the containers will never run again.
    package var hasFinished: Bool { status.phase == "Succeeded" || status.phase == "Failed" }

    /// Runs or will run, and nobody has asked for its end.
    package var isActive: Bool { !hasFinished && !metadata.isBeingDeleted }

    /// Ready for at least `minReady`.
    package func isAvailable(minReady: Duration, now: Timestamp) -> Bool {
        guard let condition = condition("Ready"), condition.status == "True" else { return false }
        if minReady == .zero { return true }
        guard let since = condition.lastTransitionTime else { return false }
        return since + minReady <= now
    }

    /// How long until a ready pod counts as available; `nil` when time alone will not make it so.
    package func timeUntilAvailable(minReady: Duration, now: Timestamp) -> Duration? {
        guard minReady > .zero, !isAvailable(minReady: minReady, now: now), isReady,
            let since = condition("Ready")?.lastTransitionTime
        else { return nil }
        return (since + minReady) - now
    }

    /// Sets a condition; the transition time changes only with the status. Says whether anything changed.
    package mutating func setCondition(_ new: PodCondition, now: Timestamp) -> Bool {
        var new = new
        guard let index = status.conditions.firstIndex(where: { $0.type == new.type }) else {
            new.lastTransitionTime = new.lastTransitionTime ?? now
            status.conditions.append(new)
            return true
        }
        let old = status.conditions[index]
        new.lastTransitionTime = old.status == new.status ? old.lastTransitionTime : new.lastTransitionTime ?? now
        status.conditions[index] = new
        return old != new
    }
}
