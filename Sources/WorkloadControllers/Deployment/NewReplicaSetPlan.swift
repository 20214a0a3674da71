internal import APITypes
internal import ControllerRuntime

/// The replica set for a template that has none yet.
enum NewReplicaSetPlan {
    static func make(_ deployment: Deployment, _ history: ReplicaSetHistory, _ limits: RolloutLimits) -> ReplicaSet {
        var template = deployment.spec.template
        let hash = TemplateHash.of(template, collisions: deployment.status.collisionCount)
        template.metadata.labels[DeploymentAnnotations.hashLabel] = hash
        var set = ReplicaSet()
        set.metadata.name = "\(deployment.metadata.name)-\(hash)"
        set.metadata.namespace = deployment.metadata.namespace
        set.metadata.labels = template.metadata.labels
        set.metadata.ownerReferences = [.controller(deployment)]
        set.metadata.annotations = DeploymentAnnotations.updated(
            set.metadata, from: deployment, revision: history.nextRevision)
        DeploymentAnnotations.setReplicas(&set.metadata, desired: limits.desired, maximum: limits.maxTotal)
        set.spec.template = template
        set.spec.selector = deployment.spec.selector
        set.spec.selector?.matchLabels[DeploymentAnnotations.hashLabel] = hash
        set.spec.minReadySeconds = deployment.spec.minReadySeconds
        let size = RolloutPlan.size(of: 0, total: history.total, limits, isRolling: deployment.isRolling)
        set.spec.replicas = Int32(size)
        return set
    }

    /// The newest set as it should be described: the deployment's annotations, the highest revision; `nil` when it is.
    static func redescribed(
        _ newest: ReplicaSet, _ deployment: Deployment, _ history: ReplicaSetHistory
    ) -> ReplicaSet? {
        var set = newest
        set.metadata.annotations = DeploymentAnnotations.updated(
            set.metadata, from: deployment, revision: history.nextRevision)
        set.spec.minReadySeconds = deployment.spec.minReadySeconds
        return set == newest ? nil : set
    }
}
