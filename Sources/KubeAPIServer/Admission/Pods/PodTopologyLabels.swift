internal import APIMachinery

/// A pod is told the zone and the region of its node by labels, when it is bound or made for a node.
struct PodTopologyLabels: AdmissionPlugin {
    static let labels = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"]

    let objects: ObjectLookup

    var name: String { "PodTopologyLabels" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create && request.resource.group.isEmpty && request.resource.resource == "pods"
            && ["", "binding"].contains(request.subresource)
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let node = nodeName(request), !node.isEmpty, let found = try objects.find("nodes", node) else { return }
        let topology = found[path: "metadata", "labels"]?.stringMap ?? [:]
        for label in Self.labels where request.object?[path: "metadata", "labels", label] == nil {
            guard let value = topology[label] else { continue }
            request.object?[path: "metadata", "labels", label] = .string(value)
        }
    }

    /// Of the pod, or of what it is bound to.
    private func nodeName(_ request: AdmissionRequest) -> String? {
        if request.subresource.isEmpty { return request.object?[path: "spec", "nodeName"]?.stringValue }
        guard request.object?[path: "target", "kind"] == "Node" else { return nil }
        return request.object?[path: "target", "name"]?.stringValue
    }
}
