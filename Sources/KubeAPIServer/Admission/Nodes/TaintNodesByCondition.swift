internal import APIMachinery
internal import APIRules

/// A new node takes no pods until somebody has seen it ready.
struct TaintNodesByCondition: AdmissionPlugin {
    private static let key: Value = "node.kubernetes.io/not-ready"

    var name: String { "TaintNodesByCondition" }

    func handles(_ request: AdmissionRequest) -> Bool { request.operation == .create && request.concerns("nodes") }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        request.object?.modifyFields { node in
            node.inNewObject("spec") { spec in
                let present = spec["taints"]?.arrayValue ?? []
                guard !present.contains(where: { $0["key"] == Self.key && $0["effect"] == "NoSchedule" }) else {
                    return
                }
                spec["taints"] = .array(present + [["key": Self.key, "effect": "NoSchedule"]])
            }
        }
    }
}
