internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `apps`.
enum AppsResources {
    static let all: [String: ResourceCustomization] = [
        "deployments": ResourceCustomization(
            strategy: RuleStrategy(initialStatus: [:], defaults: WorkloadDefaults.deployment)),
        "replicasets": ResourceCustomization(
            strategy: RuleStrategy(initialStatus: ["replicas": 0], defaults: WorkloadDefaults.replicaSet),
            selectableFields: [.number("status.replicas")]),
        "statefulsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["availableReplicas": 0, "replicas": 0], defaults: WorkloadDefaults.statefulSet)),
        "daemonsets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [
                    "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
                    "numberReady": 0,
                ], defaults: WorkloadDefaults.daemonSet)),
        "controllerrevisions": ResourceCustomization(strategy: RuleStrategy()),
    ]
}
