internal import APIMachinery
internal import APIRegistry

/// What `kubectl get nodes` shows.
enum NodeTable {
    private static let rolePrefix = "node-role.kubernetes.io/"
    private static let roleLabel = "kubernetes.io/role"

    static let columns: [TableColumn] = [
        .name,
        .text("Status", "Whether the node is ready and open to new pods.", cell: status),
        .text("Roles", "What the node's labels say it is for.", cell: roles),
        .age,
        .text("Version", "The kubelet's version.") { $0.text("status", "nodeInfo", "kubeletVersion") },
        .text("Internal-IP", "The first address inside the cluster.", wide: true) { address("InternalIP", of: $0) },
        .text("External-IP", "The first address outside the cluster.", wide: true) { address("ExternalIP", of: $0) },
        .text("OS-Image", "The operating system.", wide: true) { info("osImage", of: $0) },
        .text("Kernel-Version", "The kernel.", wide: true) { info("kernelVersion", of: $0) },
        .text("Container-Runtime", "The runtime and its version.", wide: true) {
            info("containerRuntimeVersion", of: $0)
        },
    ]

    private static func status(_ node: Value) -> String {
        let ready = node.condition("Ready").map { $0["status"] == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        return node.flag("spec", "unschedulable") ? ready + ",SchedulingDisabled" : ready
    }

    private static func roles(_ node: Value) -> String {
        var roles: Set<String> = []
        for label in node.fields("metadata", "labels") {
            if label.name.hasPrefix(rolePrefix) {
                roles.insert(String(label.name.dropFirst(rolePrefix.count)))
            } else if label.name == roleLabel {
                roles.insert(label.value.stringValue ?? "")
            }
        }
        return roles.subtracting([""]).sorted().joined(separator: ",").orNone
    }

    private static func address(_ type: String, of node: Value) -> String {
        (node.items("status", "addresses").first { $0.text("type") == type }?.text("address") ?? "").orNone
    }

    private static func info(_ field: String, of node: Value) -> String {
        node.text("status", "nodeInfo", field).or("<unknown>")
    }
}
