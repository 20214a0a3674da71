internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Groups with one or two resources: `coordination.k8s.io`, `certificates.k8s.io`, `apiregistration.k8s.io`.
enum ClusterResources {
    static let coordination: [String: ResourceCustomization] = [
        "leases": ResourceCustomization(
            strategy: RuleStrategy(createsOnUpdate: true, allowsUnconditionalUpdate: false, check: PolicyRules.lease),
            columns: ClusterTables.lease)
    ]

    static let certificates: [String: ResourceCustomization] = [
        "certificatesigningrequests": ResourceCustomization(
            strategy: SigningRequestStrategy(),
            columns: ClusterTables.certificateRequest, selectableFields: [SelectableField("spec.signerName")])
    ]

    static let registration: [String: ResourceCustomization] = [
        "apiservices": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], allowsUnconditionalUpdate: false, nameRule: { Names.pathSegment($0) },
                defaults: GroupDefaults.apiService, check: RegistrationRules.check,
                statusCheck: RegistrationRules.status),
            columns: ClusterTables.apiService)
    ]
}
