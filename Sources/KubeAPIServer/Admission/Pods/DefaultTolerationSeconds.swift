internal import APIMachinery
internal import APIRules

/// Pods stay for five minutes on a node that became unready or unreachable, unless they say otherwise.
struct DefaultTolerationSeconds: AdmissionPlugin {
    private static let taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    private static let seconds: Value = 300

    var name: String { "DefaultTolerationSeconds" }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("pods")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let present = request.object?[path: "spec", "tolerations"]?.arrayValue ?? []
        let added = Self.taints.filter { taint in !present.contains { Self.tolerates($0, taint) } }.map { taint in
            [
                "key": .string(taint), "operator": "Exists", "effect": "NoExecute",
                "tolerationSeconds": Self.seconds,
            ] as Value
        }
        guard !added.isEmpty else { return }
        request.object?.modifyFields { pod in
            pod.inNewObject("spec") { $0["tolerations"] = .array(present + added) }
        }
    }

    private static func tolerates(_ toleration: Value, _ taint: String) -> Bool {
        let key = toleration["key"]?.stringValue ?? ""
        let effect = toleration["effect"]?.stringValue ?? ""
        return (key.isEmpty || key == taint) && (effect.isEmpty || effect == "NoExecute")
    }
}
