internal import APIMachinery
internal import APIRules

/// A pod's priority is that of its class; only one class may be the default.
struct PriorityAdmission: AdmissionPlugin {
    private static let group = "scheduling.k8s.io"

    let objects: ObjectLookup

    var name: String { "Priority" }

    func handles(_ request: AdmissionRequest) -> Bool {
        guard request.operation == .create || request.operation == .update else { return false }
        return request.concerns("pods") || request.concerns("priorityclasses", group: Self.group)
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard request.concerns("pods") else { return }
        if request.operation == .update {
            let old = request.oldObject?["spec"]
            request.object?.modifyFields { pod in
                pod.inObject("spec") { spec in
                    for field in ["priority", "preemptionPolicy"] where spec[field] == nil { spec[field] = old?[field] }
                }
            }
            return
        }
        let spec = request.object?["spec"] ?? .emptyObject
        let chosen = try priorityClass(of: spec, request)
        let value = chosen?["value"]?.integerValue ?? 0
        let policy = chosen?["preemptionPolicy"]?.stringValue ?? "PreemptLowerPriority"
        if let sent = spec["priority"]?.integerValue, sent != value {
            throw request.forbidden(
                "the integer value of priority (\(sent)) must not be provided in pod spec; priority admission"
                    + " controller computed \(value) from the given PriorityClass name")
        }
        if let sent = spec["preemptionPolicy"]?.stringValue, sent != policy {
            throw request.forbidden(
                "the string value of PreemptionPolicy (\(sent)) must not be provided in pod spec; priority admission"
                    + " controller computed \(policy) from the given PriorityClass name")
        }
        request.object?.modifyFields { pod in
            pod.inNewObject("spec") { spec in
                if let chosen { spec["priorityClassName"] = .string(chosen.objectName) }
                spec["priority"] = .integer(value)
                spec["preemptionPolicy"] = .string(policy)
            }
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard request.concerns("priorityclasses", group: Self.group), request.object?["globalDefault"] == true else {
            return
        }
        for other in try objects.policies("priorityclasses", group: Self.group)
        where other["globalDefault"] == true && other.objectName != request.name {
            throw request.forbidden(
                "PriorityClass \(other.objectName) is already marked as default. Only one default can exist")
        }
    }

    /// The class that the pod names, or the default one; of several defaults the lowest.
    private func priorityClass(of spec: Value, _ request: AdmissionRequest) throws(StatusError) -> Value? {
        if let name = spec["priorityClassName"]?.stringValue, !name.isEmpty {
            guard let found = try objects.find("priorityclasses", group: Self.group, name) else {
                throw request.forbidden("no PriorityClass with name \(name) was found")
            }
            return found
        }
        return try objects.policies("priorityclasses", group: Self.group).filter { $0["globalDefault"] == true }
            .min { ($0["value"]?.integerValue ?? 0) < ($1["value"]?.integerValue ?? 0) }
    }
}
