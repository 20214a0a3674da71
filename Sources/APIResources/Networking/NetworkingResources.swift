internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The groups `networking.k8s.io` and `discovery.k8s.io`.
enum NetworkingResources {
    static let networking: [String: ResourceCustomization] = [
        "networkpolicies": ResourceCustomization(strategy: RuleStrategy(defaults: GroupDefaults.networkPolicy)),
        "ingresses": ResourceCustomization(strategy: RuleStrategy(initialStatus: ["loadBalancer": [:]])),
        "ingressclasses": ResourceCustomization(strategy: RuleStrategy(defaults: GroupDefaults.ingressClass)),
        "servicecidrs": ResourceCustomization(strategy: RuleStrategy(initialStatus: [:])),
        "ipaddresses": ResourceCustomization(
            strategy: RuleStrategy(nameRule: { Names.ipAddress($0) }),
            selectableFields: [
                SelectableField("spec.parentRef.name"), SelectableField("spec.parentRef.namespace"),
                SelectableField("spec.parentRef.group"), SelectableField("spec.parentRef.resource"),
            ]),
    ]

    static let discovery: [String: ResourceCustomization] = [
        "endpointslices": ResourceCustomization(strategy: RuleStrategy(defaults: GroupDefaults.endpointSlice))
    ]
}
