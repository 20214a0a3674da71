internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `apps`.
enum AppsResources {
    static let all: [String: ResourceCustomization] = [
        "deployments": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: WorkloadDefaults.deployment, check: WorkloadRules.deployment,
                updateCheck: WorkloadRules.selectorUpdate, statusCheck: WorkloadRules.replicaStatus),
            columns: AppsTables.deployment),
        "replicasets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["replicas": 0], defaults: WorkloadDefaults.replicaSet,
                check: WorkloadRules.replicaSet, updateCheck: WorkloadRules.selectorUpdate,
                statusCheck: WorkloadRules.replicaStatus),
            columns: AppsTables.replicaSet,
            selectableFields: [.number("status.replicas")]),
        "statefulsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["availableReplicas": 0, "replicas": 0], defaults: WorkloadDefaults.statefulSet,
                check: WorkloadRules.statefulSet, updateCheck: WorkloadRules.statefulSetUpdate,
                statusCheck: WorkloadRules.replicaStatus),
            columns: AppsTables.statefulSet),
        "daemonsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [
                    "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
                    "numberReady": 0,
                ], defaults: WorkloadDefaults.daemonSet, check: WorkloadRules.daemonSet,
                updateCheck: WorkloadRules.selectorUpdate),
            columns: AppsTables.daemonSet),
        "controllerrevisions": ResourceCustomization(
            strategy: RuleStrategy(
                check: WorkloadRules.controllerRevision, updateCheck: WorkloadRules.controllerRevisionUpdate),
            columns: AppsTables.controllerRevision),
    ]
}
