internal import APIMachinery

/// Lets webhooks reject what is about to be written. All are asked at once.
struct ValidatingAdmissionWebhook: AdmissionPlugin {
    let name = "ValidatingAdmissionWebhook"
    let index: WebhookIndex
    let dispatch: WebhookDispatch

    func handles(_ request: AdmissionRequest) -> Bool {
        !WebhookMatch.isExempt(request.resource) && !index.all.isEmpty
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let hooks = try await dispatch.hooks(index.all, for: request)
        if hooks.count == 1 { return try await check(hooks[0], request, 0) }
        let refusals = await withTaskGroup(of: (Int, StatusError?).self) { group in
            for (position, hook) in hooks.enumerated() {
                group.addTask {
                    do throws(StatusError) {
                        try await check(hook, request, position)
                        return (position, nil)
                    } catch { return (position, error) }
                }
            }
            return await group.reduce(into: [(Int, StatusError)]()) { refusals, result in
                if let error = result.1 { refusals.append((result.0, error)) }
            }
        }
        if let first = refusals.min(by: { $0.0 < $1.0 }) { throw first.1 }
    }

    private func check(
        _ hook: WebhookDispatch.Hook, _ request: AdmissionRequest, _ position: Int
    ) async throws(StatusError) {
        let note = "validating.webhook.admission.k8s.io/round_0_index_\(position)"
        guard let answer = try await dispatch.ask(hook, request, mayPatch: false, failedOpen: note) else { return }
        for warning in answer.warnings { request.warnings.add(warning) }
        guard answer.isAllowed else { throw AdmissionReview.refusal(by: hook.webhook.name, answer.status) }
    }
}
