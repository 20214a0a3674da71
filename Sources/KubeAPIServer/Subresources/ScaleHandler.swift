internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// `scale`: the wished and the actual number of replicas of any workload, in one small object.
struct ScaleHandler: SubresourceHandler {
    private static let kind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")

    let writes: ResourceWrites

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        switch call.info.verb {
        case "get":
            let object = try call.resource.store.get(call.info.name, namespace: call.info.namespace)
            return try respond(Self.scale(of: try await call.resource.served(object), call), call)
        case "update":
            let scale = try decode(call)
            return try await write(call) { (_, _) in scale }
        case "patch":
            let patch = try RequestedPatch(call)
            return try await write(call) { (current, scaleCall) throws(StatusError) in
                try patch.patched(current, scaleCall)
            }
        case _:
            throw .methodNotSupported(call.resource.store.resource, call.info.verb)
        }
    }

    private func write(
        _ call: ResourceCall, change: @escaping @Sendable (Value, ResourceCall) throws(StatusError) -> Value
    ) async throws(StatusError) -> ServerAnswer {
        var scaled = call.resource
        scaled.schema = SchemaCatalog.builtin.type(for: Self.kind)
        scaled.conversion = nil
        scaled.webhook = nil
        scaled.custom = nil
        let patchCall = call.with(resource: scaled)
        let result = try await call.resource.store.update(
            call.info.name, namespace: call.info.namespace, context: writes.admittedContext(call)
        ) { (old) async throws(StatusError) in
            let present = Self.scale(of: old, call)
            let sent = try change(present, patchCall)
            let scale = try await writes.admit(sent, old: present, kind: Self.kind, .update, call)
            return try Self.apply(scale, to: old, call)
        }
        switch result {
        case .stored(let object, _):
            return try respond(Self.scale(of: try await call.resource.served(object), call), call)
        case .unstored(let object), .deleted(let object, _): return try respond(Self.scale(of: object, call), call)
        }
    }

    private func decode(_ call: ResourceCall) throws(StatusError) -> Value {
        let scale = try call.body(as: Self.kind)
        let name = scale[path: "metadata", "name"]?.stringValue ?? call.info.name
        guard name == call.info.name else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(call.info.name))")
        }
        return scale
    }

    private static func apply(_ scale: Value, to old: Value, _ call: ResourceCall) throws(StatusError) -> Value {
        let replicas = scale[path: "spec", "replicas"]?.integerValue ?? 0
        guard replicas >= 0 else {
            throw .invalid(
                kind, call.info.name,
                [.invalid("spec.replicas", replicas, "must be greater than or equal to 0")])
        }
        var new = old
        ScalePaths.write(.integer(replicas), to: paths(call).specReplicas, of: &new)
        // What the client did not name stays, so that kinds that insist on a version can be scaled without one.
        for field in ["uid", "resourceVersion"] {
            let precondition = scale[path: "metadata", field]
            if precondition?.stringValue?.isEmpty == false { new[path: "metadata", field] = precondition }
        }
        return new
    }

    private static func scale(of object: Value, _ call: ResourceCall) -> Value {
        var metadata: Value = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object[path: "metadata", field]
        }
        var scale = Value.emptyObject.renamed(to: kind)
        scale["metadata"] = metadata
        let paths = paths(call)
        scale["spec"] = ["replicas": ScalePaths.read(paths.specReplicas, of: object) ?? 0]
        var status: Value = ["replicas": ScalePaths.read(paths.statusReplicas, of: object) ?? 0]
        let selector =
            call.resource.isCustom
            ? paths.selector.flatMap { ScalePaths.read($0, of: object)?.stringValue } ?? ""
            : selectorText(object[path: "spec", "selector"])
        if !selector.isEmpty { status["selector"] = .string(selector) }
        scale["status"] = status
        return scale
    }

    private static let builtinPaths = ScalePaths([
        "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
    ])

    private static func paths(_ call: ResourceCall) -> ScalePaths { call.resource.custom?.scale ?? builtinPaths }

    /// The selector as text: replication controllers keep a plain map, the others a LabelSelector.
    private static func selectorText(_ selector: Value?) -> String {
        guard let selector else { return "" }
        if selector["matchLabels"] == nil, selector["matchExpressions"] == nil {
            return Selector(equalTo: selector.stringMap).text
        }
        // A stored selector was validated when it was written.
        return (try? Selector(selector))?.text ?? ""
    }

    private func respond(_ scale: Value, _ call: ResourceCall) throws(StatusError) -> ServerAnswer {
        .response(try .object(scale, kind: Self.kind, code: 200, as: call.type))
    }
}
