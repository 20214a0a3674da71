internal import APIMachinery
internal import APIRules

/// A pod takes over the overhead and the scheduling rules of its RuntimeClass.
struct RuntimeClassAdmission: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "RuntimeClass" }

    func handles(_ request: AdmissionRequest) -> Bool { request.operation == .create && request.concerns("pods") }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let spec = request.object?["spec"], let runtime = try runtimeClass(of: spec, request) else { return }
        if let fixed = runtime[path: "overhead", "podFixed"], !(fixed.objectValue?.isEmpty ?? true) {
            if let sent = spec["overhead"], !Self.areEqual(sent, fixed) {
                throw request.forbidden(
                    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
            }
            request.object?.modifyFields { $0.inObject("spec") { $0["overhead"] = fixed } }
        }
        for field in runtime[path: "scheduling", "nodeSelector"]?.objectValue ?? Fields() {
            if let sent = spec["nodeSelector"]?[field.name], sent != field.value {
                throw request.forbidden(
                    "pod rejected: conflict: runtimeClass.scheduling.nodeSelector[\(field.name)] ="
                        + " \(field.value.stringValue ?? ""); pod.spec.nodeSelector[\(field.name)] ="
                        + " \(sent.stringValue ?? "")")
            }
            request.object?.modifyFields {
                $0.inObject("spec") { $0.inNewObject("nodeSelector") { $0[field.name] = field.value } }
            }
        }
        let present = spec["tolerations"]?.arrayValue ?? []
        let added = (runtime[path: "scheduling", "tolerations"]?.arrayValue ?? []).filter { !present.contains($0) }
        if !added.isEmpty {
            request.object?.modifyFields { $0.inObject("spec") { $0["tolerations"] = .array(present + added) } }
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let spec = request.object?["spec"], let sent = spec["overhead"],
            !(sent.objectValue?.isEmpty ?? true)
        else { return }
        guard let fixed = try runtimeClass(of: spec, request)?[path: "overhead", "podFixed"] else {
            throw request.forbidden(
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
        }
        if !Self.areEqual(sent, fixed) {
            throw request.forbidden("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        }
    }

    private func runtimeClass(of spec: Value, _ request: AdmissionRequest) throws(StatusError) -> Value? {
        guard let name = spec["runtimeClassName"]?.stringValue else { return nil }
        guard let found = try objects.find("runtimeclasses", group: "node.k8s.io", name) else {
            throw request.forbidden("pod rejected: RuntimeClass \"\(name)\" not found")
        }
        return found
    }

    private static func areEqual(_ left: Value, _ right: Value) -> Bool {
        let amounts = { (value: Value) in
            var all: [String: Quantity] = [:]
            for field in value.objectValue ?? Fields() {
                all[field.name] = field.value.stringValue.flatMap { Quantity($0) }
            }
            return all
        }
        return amounts(left) == amounts(right)
    }
}
