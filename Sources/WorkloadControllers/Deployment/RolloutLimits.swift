internal import APIMachinery
package import APITypes

/// How many pods there may be and must be while a deployment rolls.
package struct RolloutLimits: Sendable, Equatable {
    package let desired: Int
    package let maxSurge: Int
    package let maxUnavailable: Int

    package var maxTotal: Int { desired + maxSurge }
    package var minAvailable: Int { desired - maxUnavailable }

    package init(_ deployment: Deployment) {
        desired = Int(deployment.spec.replicas ?? 1)
        guard deployment.isRolling else {
            maxSurge = 0
            maxUnavailable = 0
            return
        }
        let rolling = deployment.spec.strategy.rollingUpdate
        let surge = Self.scaled(rolling?.maxSurge, of: desired, roundUp: true)
        var unavailable = Self.scaled(rolling?.maxUnavailable, of: desired, roundUp: false)
        // Validation rejects two zeros, but percentages may round to them: something must be able to move.
        if surge == 0, unavailable == 0 { unavailable = 1 }
        maxSurge = surge
        maxUnavailable = desired == 0 ? 0 : min(unavailable, desired)
    }

    private static func scaled(_ value: IntOrString?, of total: Int, roundUp: Bool) -> Int {
        // Admission has refused everything that is neither number nor percentage.
        guard let value, let count = try? value.scaled(of: total, roundUp: roundUp) else { return 0 }
        return max(count, 0)
    }
}

extension Deployment {
    var isRolling: Bool { spec.strategy.type != "Recreate" }
    var desired: Int { Int(spec.replicas ?? 1) }
    /// `nil` when the deployment does not watch its progress.
    var progressDeadline: Duration? {
        guard let seconds = spec.progressDeadlineSeconds, seconds != Int32.max else { return nil }
        return .seconds(Int64(seconds))
    }
}
