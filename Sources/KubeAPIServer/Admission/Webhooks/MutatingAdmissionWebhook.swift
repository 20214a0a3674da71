internal import APIMachinery
internal import APIPatch
internal import APIRegistry

/// Lets webhooks change what is written, one after the other, each seeing what the one before made of it.
struct MutatingAdmissionWebhook: AdmissionPlugin {
    let name = "MutatingAdmissionWebhook"
    let index: WebhookIndex
    let dispatch: WebhookDispatch

    func handles(_ request: AdmissionRequest) -> Bool {
        !WebhookMatch.isExempt(request.resource) && !index.all.isEmpty
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        var asked: [(name: String, isReinvoked: Bool, saw: Value?)] = []
        for (position, webhook) in index.all.enumerated() {
            // Matched one by one: what one changes decides whether the next is concerned.
            guard let hook = try await dispatch.hooks([webhook], for: request).first else { continue }
            try await apply(hook, &request, "round_0_index_\(position)")
            asked.append((webhook.configuration + "/" + webhook.name, webhook.isReinvoked, request.object))
        }
        // Those that ask for it see once more what others changed after them.
        for (position, webhook) in index.all.enumerated() where webhook.isReinvoked {
            let name = webhook.configuration + "/" + webhook.name
            guard let before = asked.first(where: { $0.name == name }), before.saw != request.object,
                let hook = try await dispatch.hooks([webhook], for: request).first
            else { continue }
            try await apply(hook, &request, "round_1_index_\(position)")
        }
    }

    /// - place: upstream's name for the turn and the position, in annotations.
    private func apply(
        _ hook: WebhookDispatch.Hook, _ request: inout AdmissionRequest, _ place: String
    ) async throws(StatusError) {
        let before = request.object
        let note = "mutation.webhook.admission.k8s.io/\(place)"
        guard let answer = try await dispatch.ask(hook, request, mayPatch: true, failedOpen: note) else { return }
        defer { annotate(request, hook, answer, place, isMutated: request.object != before) }
        for warning in answer.warnings { request.warnings.add(warning) }
        guard answer.isAllowed else { throw AdmissionReview.refusal(by: hook.webhook.name, answer.status) }
        guard let patch = answer.patch else { return }
        guard let object = request.object else {
            throw .internalError(
                "admission webhook \"\(hook.webhook.name)\" attempted to modify the object, which is not supported for "
                    + "this operation")
        }
        request.object = try await patched(object, patch, hook, request)
    }

    private func annotate(
        _ request: AdmissionRequest, _ hook: WebhookDispatch.Hook, _ answer: AdmissionReview.Answer, _ place: String,
        isMutated: Bool
    ) {
        guard let audit = request.audit else { return }
        func text(_ write: (inout JSONWriter) -> Void) -> String {
            let bytes = JSONWriter.bytes { writer in
                writer.beginObject()
                writer.key("configuration")
                writer.string(hook.webhook.configuration)
                writer.key("webhook")
                writer.string(hook.webhook.name)
                write(&writer)
                writer.endObject()
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let mutation = text {
            $0.key("mutated")
            $0.bool(isMutated)
        }
        audit.annotate("mutation.webhook.admission.k8s.io/\(place)", mutation)
        guard let patch = answer.patch else { return }
        let applied = text {
            $0.key("patch")
            patch.encode(to: &$0)
            $0.key("patchType")
            $0.string("JSONPatch" as String)
        }
        audit.annotate("patch.webhook.admission.k8s.io/\(place)", applied, from: .request)
    }

    private func patched(
        _ object: Value, _ patch: Value, _ hook: WebhookDispatch.Hook, _ request: AdmissionRequest
    ) async throws(StatusError) -> Value {
        var changed = try await hook.served?.seen(object) ?? object
        do throws(PatchError) { changed = try JSONPatch.apply(patch, to: changed) } catch {
            throw .internalError(error.statusError.message)
        }
        guard let served = hook.served else { return changed }
        var unknown: [String] = []
        try BodyDecoder.normalize(&changed, schema: served.schema, custom: served.custom, problems: &unknown)
        let (resource, catalog) = (request.resource, dispatch.catalog)
        if served.webhook != nil,
            let requested = catalog.resource(group: resource.group, version: resource.version, resource: resource.resource)
        {
            served.store.definition.strategy.setDefaults(&changed)
            return try await requested.seen(changed)
        }
        var stored = try served.toStorage(changed)
        served.store.definition.strategy.setDefaults(&stored)
        return stored
    }
}
