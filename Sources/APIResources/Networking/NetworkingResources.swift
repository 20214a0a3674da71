internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The groups `networking.k8s.io` and `discovery.k8s.io`.
enum NetworkingResources {
    static let networking: [String: ResourceCustomization] = [
        "networkpolicies": ResourceCustomization(
            strategy: RuleStrategy(defaults: GroupDefaults.networkPolicy, check: NetworkRules.policy),
            columns: NetworkingTables.networkPolicy),
        "ingresses": ResourceCustomization(strategy: RuleStrategy(
                initialStatus: ["loadBalancer": [:]], createCheck: IngressRules.creation,
                updateCheck: IngressRules.update, statusCheck: IngressRules.status),
            columns: NetworkingTables.ingress),
        "ingressclasses": ResourceCustomization(strategy: RuleStrategy(
                defaults: GroupDefaults.ingressClass, check: IngressRules.ingressClass,
                updateCheck: IngressRules.ingressClassUpdate),
            columns: NetworkingTables.ingressClass),
        "servicecidrs": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], createCheck: AddressObjectRules.serviceCIDR,
                updateCheck: AddressObjectRules.serviceCIDRUpdate),
            columns: NetworkingTables.serviceCIDR),
        "ipaddresses": ResourceCustomization(
            strategy: RuleStrategy(
                nameRule: { Names.ipAddress($0) }, createCheck: AddressObjectRules.address,
                updateCheck: AddressObjectRules.addressUpdate),
            columns: NetworkingTables.ipAddress,
            selectableFields: [
                SelectableField("spec.parentRef.name"), SelectableField("spec.parentRef.namespace"),
                SelectableField("spec.parentRef.group"), SelectableField("spec.parentRef.resource"),
            ]),
    ]

    static let discovery: [String: ResourceCustomization] = [
        "endpointslices": ResourceCustomization(strategy: RuleStrategy(
                defaults: GroupDefaults.endpointSlice, onCreate: EndpointSlicePreparation.creation,
                onUpdate: EndpointSlicePreparation.update, createCheck: EndpointSliceRules.creation,
                updateCheck: EndpointSliceRules.update),
            columns: NetworkingTables.endpointSlice)
    ]
}
