internal import APIMachinery
internal import APIRules

/// Nobody makes a pod larger than its node.
struct PodResizeValidator: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "PodResizeValidator" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .update && request.resource.group.isEmpty && request.resource.resource == "pods"
            && request.subresource == "resize"
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let pod = request.object, pod["spec"] != request.oldObject?["spec"],
            let nodeName = pod[path: "spec", "nodeName"]?.stringValue, !nodeName.isEmpty
        else { return }
        guard let node = try objects.find("nodes", nodeName) else {
            throw request.forbidden("node \(GoText.quote(nodeName)) not found")
        }
        let allocatable = node[path: "status", "allocatable"]
        func has(_ resource: String) -> Quantity {
            allocatable?[resource]?.stringValue.flatMap { Quantity($0) } ?? .zero
        }
        let wanted = PodRequests.total(pod["spec"]?.objectValue ?? Fields())
        var faults: [String] = []
        let (cpu, memory) = (wanted["cpu"] ?? .zero, wanted["memory"] ?? .zero)
        if cpu > has("cpu") {
            faults.append("cpu, requested: \(cpu.milliValue), allocatable: \(has("cpu").milliValue)")
        }
        if memory > has("memory") {
            faults.append("memory, requested: \(memory.value), allocatable: \(has("memory").value)")
        }
        guard faults.isEmpty else {
            throw request.forbidden(
                "Node didn't have enough allocatable resources: \(faults.joined(separator: "; "))")
        }
        let system = node[path: "metadata", "labels", "kubernetes.io/os"]?.stringValue ?? ""
        guard system == "linux" else {
            throw request.forbidden(
                "pod resize is only supported on linux nodes, node \(GoText.quote(nodeName)) is"
                    + " \(GoText.quote(system))")
        }
    }
}
