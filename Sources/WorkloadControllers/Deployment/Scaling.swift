package import APITypes

/// One replica set's change of size.
package struct Scaling: Sendable, Equatable {
    /// As it is to be written.
    package var set: ReplicaSet
    package var from: Int
    package var to: Int

    /// `nil` when neither the size nor the annotations that tell of it would change.
    init?(_ set: ReplicaSet, to size: Int, _ limits: RolloutLimits) {
        var scaled = set
        scaled.spec.replicas = Int32(size)
        DeploymentAnnotations.setReplicas(&scaled.metadata, desired: limits.desired, maximum: limits.maxTotal)
        guard scaled != set else { return nil }
        self.set = scaled
        from = set.desired
        to = size
    }

    /// The event's message; `nil` when the size stays.
    package var message: String? {
        guard from != to else { return nil }
        return "Scaled \(from < to ? "up" : "down") replica set \(set.metadata.name) from \(from) to \(to)"
    }
}
