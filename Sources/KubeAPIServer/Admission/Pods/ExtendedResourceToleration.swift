internal import APIMachinery
internal import APIRules

/// Who asks for a device tolerates the taint that keeps others away from the nodes that have it.
struct ExtendedResourceToleration: AdmissionPlugin {
    var name: String { "ExtendedResourceToleration" }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("pods")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let spec = request.object?["spec"]
        var names: Set<String> = []
        for container in ["containers", "initContainers"].flatMap({ spec?[$0]?.arrayValue ?? [] }) {
            for field in container[path: "resources", "requests"]?.objectValue ?? Fields()
            where Self.isExtended(field.name) { names.insert(field.name) }
        }
        guard !names.isEmpty else { return }
        var tolerations = spec?["tolerations"]?.arrayValue ?? []
        for name in names.sorted() {
            let added: Value = ["key": .string(name), "operator": "Exists", "effect": "NoSchedule"]
            // One for the same taint gives way.
            let isSame = { (one: Value) in
                one["key"] == added["key"] && one["operator"] == added["operator"] && one["effect"] == added["effect"]
                    && (one["value"]?.stringValue ?? "").isEmpty
            }
            if let index = tolerations.firstIndex(where: isSame) {
                tolerations[index] = added
            } else {
                tolerations.append(added)
            }
        }
        let all = tolerations
        request.object?.modifyFields { pod in pod.inNewObject("spec") { $0["tolerations"] = .array(all) } }
    }

    /// Not one of Kubernetes' own, and one that a quota could count.
    private static func isExtended(_ name: String) -> Bool {
        name.contains("/") && !name.contains("kubernetes.io/") && !name.hasPrefix("requests.")
            && Names.labelKey("requests." + name).isEmpty
    }
}
