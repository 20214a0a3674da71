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
        for webhook in index.all {
            // Matched one by one: what one changes decides whether the next is concerned.
            guard let hook = try await dispatch.hooks([webhook], for: request).first else { continue }
            try await apply(hook, &request)
            asked.append((webhook.configuration + "/" + webhook.name, webhook.isReinvoked, request.object))
        }
        // Those that ask for it see once more what others changed after them.
        for webhook in index.all where webhook.isReinvoked {
            let name = webhook.configuration + "/" + webhook.name
            guard let before = asked.first(where: { $0.name == name }), before.saw != request.object,
                let hook = try await dispatch.hooks([webhook], for: request).first
            else { continue }
            try await apply(hook, &request)
        }
    }

    private func apply(_ hook: WebhookDispatch.Hook, _ request: inout AdmissionRequest) async throws(StatusError) {
        guard let answer = try await dispatch.ask(hook, request, mayPatch: true) else { return }
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
