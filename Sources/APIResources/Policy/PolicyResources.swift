internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The groups about who goes first and who may be disturbed: `policy`, `scheduling.k8s.io`, `autoscaling`,
/// `node.k8s.io`, `flowcontrol.apiserver.k8s.io`.
enum PolicyResources {
    static let policy: [String: ResourceCustomization] = [
        "poddisruptionbudgets": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [
                    "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
                ], allowsUnconditionalUpdate: false, check: PolicyRules.disruptionBudget),
            columns: PolicyTables.podDisruptionBudget)
    ]

    static let scheduling: [String: ResourceCustomization] = [
        "priorityclasses": ResourceCustomization(strategy: RuleStrategy(
                defaults: GroupDefaults.priorityClass, check: PolicyRules.priorityClass,
                updateCheck: PolicyRules.priorityClassUpdate),
            columns: PolicyTables.priorityClass)
    ]

    static let autoscaling: [String: ResourceCustomization] = [
        "horizontalpodautoscalers": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["currentMetrics": .null, "desiredReplicas": 0], defaults: AutoscalerDefaults.apply,
                check: AutoscalerRules.check),
            columns: AutoscalerTable.columns)
    ]

    static let node: [String: ResourceCustomization] = [
        "runtimeclasses": ResourceCustomization(strategy: RuleStrategy(
                allowsUnconditionalUpdate: false, check: PolicyRules.runtimeClass,
                updateCheck: PolicyRules.runtimeClassUpdate),
            columns: PolicyTables.runtimeClass)
    ]

    static let flowcontrol: [String: ResourceCustomization] = [
        "flowschemas": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: GroupDefaults.flowSchema, check: FlowRules.schema,
                statusCheck: FlowRules.status),
            columns: PolicyTables.flowSchema),
        "prioritylevelconfigurations": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: GroupDefaults.priorityLevel, check: FlowRules.level,
                statusCheck: FlowRules.status),
            columns: PolicyTables.priorityLevel),
    ]
}
