internal import APIMachinery
internal import APIRegistry

/// The tables of the group `apps`, and of the replication controllers that came before it.
enum AppsTables {
    static let deployment: [TableColumn] =
        [
            .name,
            .text("Ready", "Ready pods of those wanted.", cell: ready),
            .number("Up-to-date", "Pods of the newest template.", type: "string") {
                $0.number("status", "updatedReplicas")
            },
            .number("Available", "Pods ready for long enough.", type: "string") {
                $0.number("status", "availableReplicas")
            },
            .age,
        ] + TemplateColumns.containers() + [
            .text("Selector", "Which pods belong to the deployment.", wide: true) {
                SelectorText.requirements($0[path: "spec", "selector"])
            }
        ]

    static let replicaSet: [TableColumn] = replicas + TemplateColumns.containers() + [TemplateColumns.selector]

    static let replicationController: [TableColumn] =
        replicas + TemplateColumns.containers() + [
            .text("Selector", "Which pods belong to the controller.", wide: true) {
                SelectorText.labels($0[path: "spec", "selector"])
            }
        ]

    static let statefulSet: [TableColumn] =
        [.name, .text("Ready", "Ready pods of those wanted.", cell: ready), .age] + TemplateColumns.containers()

    static let daemonSet: [TableColumn] =
        [
            .name,
            .number("Desired", "Nodes that should run a pod.") { $0.number("status", "desiredNumberScheduled") },
            .number("Current", "Nodes that run a pod and should.") { $0.number("status", "currentNumberScheduled") },
            .number("Ready", "Nodes whose pod is ready.") { $0.number("status", "numberReady") },
            .number("Up-to-date", "Nodes with a pod of the newest template.") {
                $0.number("status", "updatedNumberScheduled")
            },
            .number("Available", "Nodes whose pod is ready for long enough.") {
                $0.number("status", "numberAvailable")
            },
            .text("Node Selector", "Which nodes are meant.") {
                SelectorText.labels($0[path: "spec", "template", "spec", "nodeSelector"])
            },
            .age,
        ] + TemplateColumns.containers() + [TemplateColumns.selector]

    static let controllerRevision: [TableColumn] = [
        .name,
        .text("Controller", "Whose revision it is.", cell: controller),
        .number("Revision", "The revision's number.") { $0.number("revision") },
        .age,
    ]

    private static let replicas: [TableColumn] = [
        .name,
        .number("Desired", "How many pods are wanted.") { $0.number("spec", "replicas") },
        .number("Current", "How many pods there are.") { $0.number("status", "replicas") },
        .number("Ready", "How many pods are ready.") { $0.number("status", "readyReplicas") },
        .age,
    ]

    private static func ready(_ object: Value) -> String {
        "\(object.number("status", "readyReplicas"))/\(object.number("spec", "replicas"))"
    }

    private static func controller(_ revision: Value) -> String {
        guard let owner = revision.items("metadata", "ownerReferences").first(where: { $0.flag("controller") })
        else { return "<none>" }
        let version = owner.text("apiVersion").split(separator: "/")
        let group = version.count > 1 ? ".\(version[0])" : ""
        return "\((owner.text("kind") + group).lowercased())/\(owner.text("name"))"
    }
}
