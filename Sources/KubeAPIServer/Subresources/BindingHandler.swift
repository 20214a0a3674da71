internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// `pods/binding`: the scheduler gives a pod its node.
struct BindingHandler: SubresourceHandler {
    private static let kind = GroupVersionKind(group: "", version: "v1", kind: "Binding")

    let writes: ResourceWrites

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let sent = try call.body(as: Self.kind)
        let binding = try await writes.admit(sent, kind: Self.kind, .create, call)
        let node = binding[path: "target", "name"]?.stringValue ?? ""
        let errors = BindingRules.check(binding)
        guard errors.isEmpty else { throw .invalid(Self.kind, call.info.name, errors) }
        let now = writes.time.now
        _ = try await call.resource.store.update(
            call.info.name, namespace: call.info.namespace, scope: .binding, context: writes.admittedContext(call)
        ) { (pod) async throws(StatusError) in
            try Self.bound(pod, to: node, binding, call, now)
        }
        let success: Value = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success", "code": 201]
        return .response(.status(success, code: 201, as: call.type))
    }

    private static func bound(
        _ pod: Value, to node: String, _ binding: Value, _ call: ResourceCall, _ now: Timestamp
    ) throws(StatusError) -> Value {
        let name = call.info.name
        if let uid = binding[path: "metadata", "uid"]?.stringValue, !uid.isEmpty,
            uid != pod[path: "metadata", "uid"]?.stringValue
        {
            throw .conflict(
                call.resource.store.resource, name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: "
                    + (pod[path: "metadata", "uid"]?.stringValue ?? ""))
        }
        guard pod[path: "metadata", "deletionTimestamp"] == nil else {
            throw .conflict(
                call.resource.store.resource, name, "pod \(name) is being deleted, cannot be assigned to a host")
        }
        let present = pod[path: "spec", "nodeName"]?.stringValue ?? ""
        guard present.isEmpty else {
            throw .conflict(
                call.resource.store.resource, name, "pod \(name) is already assigned to node \"\(present)\"")
        }
        if !(pod[path: "spec", "schedulingGates"]?.arrayValue ?? []).isEmpty {
            throw .conflict(call.resource.store.resource, name, "pod \(name) has non-empty .spec.schedulingGates")
        }
        var bound = pod
        bound[path: "spec", "nodeName"] = .string(node)
        for kept in ["annotations", "labels"] {
            for field in binding[path: "metadata", kept]?.objectValue ?? Fields() {
                bound[path: "metadata", kept, field.name] = field.value
            }
        }
        var conditions = (pod[path: "status", "conditions"]?.arrayValue ?? []).filter { $0["type"] != "PodScheduled" }
        conditions.append([
            "type": "PodScheduled", "status": "True", "lastProbeTime": .null,
            "lastTransitionTime": .string(now.rfc3339),
        ])
        bound[path: "status", "conditions"] = .array(conditions)
        return bound
    }
}
