internal import APIMachinery
internal import APIRegistry

/// A subresource through which only one part of the object may be written, with reads of the whole.
struct PartHandler: SubresourceHandler {
    let reads: ResourceReads
    let writes: ResourceWrites
    /// Puts the writable part of what was sent into the object as it was.
    let merge: @Sendable (_ sent: Value, _ old: Value) -> Value

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        switch call.info.verb {
        case "get":
            return try await reads.answer(call)
        case "update":
            let sent = try call.body()
            return try await write(call) { (_) in sent }
        case "patch":
            let patch = try RequestedPatch(call)
            return try await write(call) { (old) throws(StatusError) in try patch.patched(old, call) }
        case _:
            throw .methodNotSupported(call.resource.store.resource, call.info.verb)
        }
    }

    private func write(
        _ call: ResourceCall, change: @escaping @Sendable (Value) throws(StatusError) -> Value
    ) async throws(StatusError) -> ServerAnswer {
        let result = try await call.resource.store.update(
            call.info.name, namespace: call.info.namespace, scope: .other, context: writes.context(call)
        ) { (old) async throws(StatusError) in
            let sent = try change(old)
            var merged = merge(sent, old)
            merged[path: "metadata", "resourceVersion"] = sent[path: "metadata", "resourceVersion"]
            return merged
        }
        return try await writes.respond(result, call, code: 200)
    }

    /// CertificateSigningRequests: the conditions, and the metadata that any write may change.
    static func approval(_ sent: Value, _ old: Value) -> Value {
        var merged = old
        merged["metadata"] = sent["metadata"]
        merged[path: "status", "conditions"] = sent[path: "status", "conditions"]
        return merged
    }

    static func ephemeralContainers(_ sent: Value, _ old: Value) -> Value {
        var merged = old
        merged[path: "spec", "ephemeralContainers"] = sent[path: "spec", "ephemeralContainers"]
        return merged
    }

    /// In-place resize: the resources of the containers there are.
    static func resize(_ sent: Value, _ old: Value) -> Value {
        var merged = old
        let wanted = sent[path: "spec", "containers"]?.arrayValue ?? []
        let containers = (old[path: "spec", "containers"]?.arrayValue ?? []).map { container in
            guard let match = wanted.first(where: { $0["name"] == container["name"] }) else { return container }
            var resized = container
            resized["resources"] = match["resources"]
            resized["resizePolicy"] = match["resizePolicy"]
            return resized
        }
        merged[path: "spec", "containers"] = .array(containers)
        return merged
    }
}
