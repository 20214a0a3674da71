internal import APITypes
internal import ControllerRuntime

/// Which old replica sets are not kept for a rollback any more.
enum HistoryPlan {
    static func surplus(_ history: ReplicaSetHistory, _ deployment: Deployment) -> [ReplicaSet] {
        guard let limit = deployment.spec.revisionHistoryLimit, limit != Int32.max else { return [] }
        let alive = history.old.filter { !$0.metadata.isBeingDeleted }
        let count = alive.count - Int(limit)
        guard count > 0 else { return [] }
        let byRevision = alive.sorted {
            DeploymentAnnotations.revision(of: $0.metadata) < DeploymentAnnotations.revision(of: $1.metadata)
        }
        return byRevision.prefix(count).filter { set in
            // One that still has pods, or that its controller has not seen yet, waits.
            set.status.replicas == 0 && set.desired == 0 && set.metadata.generation <= set.status.observedGeneration
        }
    }
}
