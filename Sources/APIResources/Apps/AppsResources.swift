internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `apps`.
enum AppsResources {
    static let all: [String: ResourceCustomization] = [
        "deployments": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: WorkloadDefaults.deployment, check: WorkloadRules.deployment,
                updateCheck: WorkloadRules.selectorUpdate, statusCheck: WorkloadStatusRules.deployment),
            columns: AppsTables.deployment),
        "replicasets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["replicas": 0], defaults: WorkloadDefaults.replicaSet,
                check: WorkloadRules.replicaSet, updateCheck: WorkloadRules.selectorUpdate,
                statusCheck: WorkloadStatusRules.replicas),
            columns: AppsTables.replicaSet,
            selectableFields: [.number("status.replicas")]),
        "statefulsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["availableReplicas": 0, "replicas": 0], nameRule: { Names.dns1123Label($0) },
                defaults: WorkloadDefaults.statefulSet, createCheck: StatefulSetRules.creation,
                updateCheck: StatefulSetRules.update, statusCheck: WorkloadStatusRules.statefulSet),
            columns: AppsTables.statefulSet),
        "daemonsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [
                    "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
                    "numberReady": 0,
                ], defaults: WorkloadDefaults.daemonSet, createCheck: DaemonSetRules.creation,
                updateCheck: DaemonSetRules.update, statusCheck: WorkloadStatusRules.daemonSet),
            columns: AppsTables.daemonSet),
        "controllerrevisions": ResourceCustomization(
            strategy: RuleStrategy(
                check: WorkloadRules.controllerRevision, createCheck: WorkloadRules.controllerRevisionCreation,
                updateCheck: WorkloadRules.controllerRevisionUpdate),
            columns: AppsTables.controllerRevision),
    ]
}
