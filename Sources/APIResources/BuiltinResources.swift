package import APIMachinery
package import APIRegistry
internal import APIRules

/// What is particular to one resource; everything that is not said here follows from the tables.
package struct ResourceCustomization: Sendable {
    /// `nil`: what a resource without any customization gets.
    package var strategy: (any ResourceStrategy)?
    package var columns: [TableColumn]
    package var selectableFields: [SelectableField]
    package var indexedField: String?
    package var timeToLive: Duration?

    package init(
        strategy: (any ResourceStrategy)? = nil, columns: [TableColumn] = [], selectableFields: [SelectableField] = [],
        indexedField: String? = nil, timeToLive: Duration? = nil
    ) {
        self.strategy = strategy
        self.columns = columns
        self.selectableFields = selectableFields
        self.indexedField = indexedField
        self.timeToLive = timeToLive
    }
}

/// The built-in resources: the tables' description and, for some, a customization from the folder of their group.
package enum BuiltinResources {
    /// Objects whose `metadata.generation` upstream counts, beyond those with a status subresource.
    private static let generationCounted: Set<String> = [
        "podtemplates", "networkpolicies.networking.k8s.io", "ingressclasses.networking.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "priorityclasses.scheduling.k8s.io", "endpointslices.discovery.k8s.io",
        "deviceclasses.resource.k8s.io", "resourceslices.resource.k8s.io",
    ]
    /// Resources with a status whose generation upstream does not count.
    private static let generationUncounted: Set<String> = [
        "nodes", "namespaces", "persistentvolumes", "persistentvolumeclaims", "services", "resourcequotas",
        "certificatesigningrequests.certificates.k8s.io", "apiservices.apiregistration.k8s.io",
        "horizontalpodautoscalers.autoscaling", "servicecidrs.networking.k8s.io",
        "volumeattachments.storage.k8s.io", "resourceclaims.resource.k8s.io",
        "storageversions.internal.apiserver.k8s.io",
    ]

    private static let customizations: [GroupResource: ResourceCustomization] = {
        var all: [GroupResource: ResourceCustomization] = [:]
        for (group, resources) in ResourceGroups.all {
            for (name, customization) in resources { all[GroupResource(group: group, resource: name)] = customization }
        }
        return all
    }()

    /// What a resource without rules of its own does: keeps its status apart and follows its schema.
    private static func plain(_ schema: SchemaType?, hasStatus: Bool) -> any ResourceStrategy {
        guard let schema else { return PlainStrategy(hasStatus: hasStatus) }
        return RuleStrategy(initialStatus: hasStatus ? [:] : nil, check: { SchemaRules.check($0, as: schema) })
    }

    /// The definition of a resource in the version that `info` describes.
    package static func definition(_ info: ResourceInfo) -> ResourceDefinition {
        let hasStatus = info.subresources.contains { $0.name == "status" }
        let custom = customizations[info.groupResource]
        let name = info.groupResource.description
        let scope = info.isNamespaced ? [SelectableField("metadata.namespace")] : []
        let schema = SchemaCatalog.builtin.type(info.typeName)
        return ResourceDefinition(
            info: info, schema: schema, strategy: custom?.strategy ?? plain(schema, hasStatus: hasStatus),
            columns: custom?.columns ?? [],
            selectableFields: [SelectableField("metadata.name")] + scope + (custom?.selectableFields ?? []),
            indexedField: custom?.indexedField, timeToLive: custom?.timeToLive,
            countsGenerations: generationCounted.contains(name)
                || (hasStatus && !generationUncounted.contains(name)))
    }
}
