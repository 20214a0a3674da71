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
        request.reinvocation.begin(name, request.object)
        let round = request.reinvocation.isSecondRound ? 1 : 0
        for (position, webhook) in index.all.enumerated() {
            let key = webhook.configuration + "/" + webhook.name
            guard request.reinvocation.allows(name, key) else { continue }
            // Matched one by one: what one changes decides whether the next is concerned.
            guard let hook = try await dispatch.hooks([webhook], for: request).first else { continue }
            let before = request.object
            try await apply(hook, &request, "round_\(round)_index_\(position)")
            request.reinvocation.ran(
                name, key, isChange: request.object != before, wantsAgain: webhook.isReinvoked)
        }
        request.reinvocation.end(name, request.object)
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
        return try await request.taking(changed, as: hook.served, dispatch.catalog, isStrict: false)
    }
}
