internal import APIRegistry

/// The core group.
enum CoreResources {
    static let all: [String: ResourceCustomization] = [
        "pods": ResourceCustomization(
            strategy: PlainStrategy(hasStatus: true),
            selectableFields: [
                SelectableField("spec.nodeName"), SelectableField("spec.restartPolicy"),
                SelectableField("spec.schedulerName"), SelectableField("spec.serviceAccountName"),
                SelectableField("spec.hostNetwork"), SelectableField("status.phase"),
                SelectableField("status.podIP"), SelectableField("status.nominatedNodeName"),
            ],
            indexedField: "spec.nodeName"),
    ]
}
