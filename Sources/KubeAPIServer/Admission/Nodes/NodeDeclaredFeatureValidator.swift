internal import APIMachinery
internal import APIRules

/// A pod is not changed into what its node has not declared to be able to do. Of upstream's features one is served.
struct NodeDeclaredFeatureValidator: AdmissionPlugin {
    /// The processors of pods whose limits are their requests can be changed while they run.
    private static let guaranteedResize = "GuaranteedQoSPodCPUResize"

    let objects: ObjectLookup

    var name: String { "NodeDeclaredFeatureValidator" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .update && request.resource.group.isEmpty && request.resource.resource == "pods"
            && ["", "resize"].contains(request.subresource)
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let pod = request.object, let old = request.oldObject, pod["spec"] != old["spec"],
            let nodeName = pod[path: "spec", "nodeName"]?.stringValue, !nodeName.isEmpty,
            Self.changesGuaranteed(old, pod)
        else { return }
        guard let node = try objects.find("nodes", nodeName) else {
            throw request.forbidden("node \(GoText.quote(nodeName)) not found")
        }
        let declared = node[path: "status", "declaredFeatures"]?.arrayValue ?? []
        guard declared.contains(.string(Self.guaranteedResize)) else {
            throw request.forbidden(
                "pod update requires features \(Self.guaranteedResize) which are not available on node"
                    + " \(GoText.quote(nodeName))")
        }
    }

    private static func changesGuaranteed(_ old: Value, _ new: Value) -> Bool {
        guard old[path: "status", "qosClass"] == "Guaranteed" else { return false }
        func processors(_ pod: Value) -> [Quantity?] {
            (pod[path: "spec", "containers"]?.arrayValue ?? []).map {
                $0[path: "resources", "requests", "cpu"]?.stringValue.flatMap { Quantity($0) }
            }
        }
        return processors(old) != processors(new)
    }
}
