internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The core group.
enum CoreResources {
    static let all: [String: ResourceCustomization] = [
        "pods": ResourceCustomization(
            strategy: PodStrategy(),
            columns: PodTable.columns, selectableFields: PodStrategy.selectableFields, indexedField: "spec.nodeName"),
        "bindings": ResourceCustomization(strategy: RuleStrategy(createCheck: BindingRules.check)),
        "podtemplates": ResourceCustomization(
            strategy: RuleStrategy(defaults: WorkloadDefaults.podTemplate, check: WorkloadRules.podTemplate),
            columns: PodTable.templateColumns),
        "replicationcontrollers": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["replicas": 0], defaults: WorkloadDefaults.replicationController,
                check: WorkloadRules.replicationController, statusCheck: WorkloadStatusRules.replicas),
            columns: AppsTables.replicationController,
            selectableFields: [.number("status.replicas")]),
        "services": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["loadBalancer": [:]], createsOnUpdate: true, nameRule: { Names.dns1035Label($0) },
                defaults: ServiceDefaults.apply, onUpdate: { ServicePreparation.update(&$0, from: $1) },
                createCheck: ServiceRules.check, updateCheck: ServiceRules.checkUpdate,
                statusCheck: ServiceRules.checkStatusUpdate),
            columns: ServiceTable.columns,
            selectableFields: [SelectableField("spec.clusterIP"), SelectableField("spec.type")]),
        "endpoints": ResourceCustomization(
            strategy: RuleStrategy(
                createsOnUpdate: true, defaults: CoreDefaults.endpoints,
                createCheck: { EndpointRules.endpoints($0, from: nil) }, updateCheck: EndpointRules.endpoints),
            columns: EndpointsTable.columns),
        "configmaps": ResourceCustomization(
            strategy: RuleStrategy(check: DataRules.configMap, updateCheck: DataRules.configMapUpdate),
            columns: ConfigurationTables.configMap),
        "secrets": ResourceCustomization(
            strategy: RuleStrategy(
                defaults: CoreDefaults.secret, check: DataRules.secret, updateCheck: DataRules.secretUpdate),
            columns: ConfigurationTables.secret, selectableFields: [SelectableField("type")]),
        "namespaces": ResourceCustomization(
            strategy: NamespaceStrategy(), columns: ConfigurationTables.namespace,
            selectableFields: [SelectableField("status.phase"), SelectableField("name") { $0.name }]),
        "nodes": ResourceCustomization(
            strategy: RuleStrategy(
                defaults: CoreDefaults.node, onCreate: NodeRules.prepareCreate, onUpdate: NodeRules.prepareUpdate,
                onStatusUpdate: NodeRules.prepareStatusUpdate, check: NodeRules.check,
                updateCheck: NodeRules.checkUpdate, statusCheck: NodeRules.checkUpdate),
            columns: NodeTable.columns,
            selectableFields: [
                SelectableField("spec.unschedulable") {
                    String($0[path: "spec", "unschedulable"]?.boolValue ?? false)
                }
            ]),
        "persistentvolumes": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["phase": "Pending"], defaults: VolumeObjectDefaults.volume,
                onCreate: { volume in
                    let created = volume["metadata"]?["creationTimestamp"]
                    volume.inObject("status") { $0["lastPhaseTransitionTime"] = created }
                }, onStatusTime: PersistentVolumeRules.notePhase, createCheck: PersistentVolumeRules.check,
                updateCheck: PersistentVolumeRules.checkUpdate),
            columns: VolumeTables.volume,
            selectableFields: [SelectableField("name") { $0.name }]),
        "persistentvolumeclaims": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: ["phase": "Pending"], defaults: VolumeObjectDefaults.claim,
                onCreate: ClaimPreparation.create, onUpdate: ClaimPreparation.update, createCheck: ClaimRules.check,
                updateCheck: ClaimRules.checkUpdate, statusCheck: ClaimRules.checkStatus),
            columns: VolumeTables.claim,
            selectableFields: [SelectableField("name") { $0.name }]),
        "events": ResourceCustomization(
            strategy: RuleStrategy(createsOnUpdate: true, check: EventRules.check),
            columns: EventTable.columns,
            selectableFields: EventFields.all,
            timeToLive: .seconds(3600)),
        "limitranges": ResourceCustomization(
            strategy: RuleStrategy(
                createsOnUpdate: true, defaults: CoreDefaults.limitRange, check: LimitRangeRules.check)),
        "resourcequotas": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], createsOnUpdate: true, check: QuotaRules.check,
                updateCheck: QuotaRules.update, statusCheck: QuotaRules.status),
            columns: ConfigurationTables.resourceQuota),
        "serviceaccounts": ResourceCustomization(
            strategy: RuleStrategy(),
            columns: ConfigurationTables.serviceAccount),
        "componentstatuses": ResourceCustomization(columns: ConfigurationTables.componentStatus),
    ]

    /// The events of the core group under their other name.
    static let events: [String: ResourceCustomization] = [
        "events": ResourceCustomization(
            strategy: RuleStrategy(
                createsOnUpdate: true, check: { EventRules.check(EventConversion.toCore($0)) },
                createCheck: { EventRules.creation(EventConversion.toCore($0)) },
                updateCheck: { EventRules.update(EventConversion.toCore($0), from: EventConversion.toCore($1)) }),
            columns: EventTable.columns)
    ]
}

extension Value {
    /// `metadata.name`.
    var name: String { self[path: "metadata", "name"]?.stringValue ?? "" }
}

extension SelectableField {
    /// A number that counts as 0 where nothing is said.
    static func number(_ name: String) -> SelectableField {
        let path = name.split(separator: ".").map(String.init)
        return SelectableField(name) { object in
            var value: Value? = object
            for part in path { value = value?[part] }
            return String(value?.integerValue ?? 0)
        }
    }
}

/// The fields by which events are selected, under the names of both of their API groups.
enum EventFields {
    private static let object = ["apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid"]

    static let all: [SelectableField] =
        object.map { SelectableField("involvedObject.\($0)") }
        + object.map { field in
            SelectableField("regarding.\(field)") { $0["involvedObject"]?[field]?.stringValue ?? "" }
        }
        + [
            SelectableField("reason"), SelectableField("type"), SelectableField("reportingComponent"),
            SelectableField("reportingController") { $0["reportingComponent"]?.stringValue ?? "" },
            SelectableField("source") { event in
                let component = event[path: "source", "component"]?.stringValue ?? ""
                return component.isEmpty ? event["reportingComponent"]?.stringValue ?? "" : component
            },
        ]
}
