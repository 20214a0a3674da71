internal import APIMachinery
internal import APIRegistry

/// `namespaces/finalize`: the namespace controller takes its finalizer from `spec.finalizers`; with the
/// last one the namespace goes.
struct NamespaceFinalizeHandler: SubresourceHandler {
    let writes: ResourceWrites

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let sent = try call.body()
        let result = try await call.resource.store.update(
            call.info.name, namespace: "", scope: .other, context: writes.context(call)
        ) { (old) async throws(StatusError) in
            var new = old
            new[path: "spec", "finalizers"] = sent[path: "spec", "finalizers"]
            new[path: "metadata", "resourceVersion"] = sent[path: "metadata", "resourceVersion"]
            return new
        }
        let isEmpty: (Value) -> Bool = { ($0[path: "spec", "finalizers"]?.arrayValue ?? []).isEmpty }
        if case .stored(let object, _) = result, case let value = try object.value(), isEmpty(value),
            value[path: "metadata", "deletionTimestamp"] != nil
        {
            _ = try await call.resource.store.delete(
                call.info.name, namespace: "", request: DeletionRequest(), context: writes.context(call))
        }
        return try await writes.respond(result, call, code: 200)
    }
}
