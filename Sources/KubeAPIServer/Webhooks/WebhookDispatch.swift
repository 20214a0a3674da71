internal import APIMachinery
internal import Determinism
internal import Logging

/// Asks one webhook about one request.
struct WebhookDispatch: Sendable {
    let metrics: WebhookMetrics
    let time: any Timekeeper
    let objects: ObjectLookup
    let catalog: ResourceCatalog
    let caller: any WebhookTransport
    let authorizer: any Authorizer
    let random: any RandomSource
    let logger: Logger

    /// A webhook that is to be asked, and the version of the resource in which it sees the objects.
    struct Hook: Sendable {
        let webhook: AdmissionWebhook
        let seen: GroupVersionResource
        let kind: GroupVersionKind
        /// `nil` for objects that are not the resource's own, such as options of a connection.
        let served: ServedResource?

        /// The request as the webhook sees it.
        func view(_ request: AdmissionRequest) async throws(StatusError) -> AdmissionRequest {
            guard let served else { return request }
            return try await request.seen(as: served)
        }
    }

    /// Which of the webhooks the request concerns.
    func hooks(_ webhooks: [AdmissionWebhook], for request: AdmissionRequest) async throws(StatusError) -> [Hook] {
        let others = catalog.versions(besides: request.resource)
        var hooks: [Hook] = []
        for webhook in webhooks {
            guard let seen = WebhookMatch.resource(webhook, request, equivalents: others) else { continue }
            guard WebhookMatch.selects(webhook, request, namespace: try namespaceLabels(request)) else { continue }
            let hook = hook(webhook, seen, request)
            guard try await meetsConditions(hook, request) else { continue }
            if request.isDryRun, !webhook.bearsDryRuns {
                throw .badRequest("admission webhook \"\(webhook.name)\" does not support dry run")
            }
            hooks.append(hook)
        }
        return hooks
    }

    private func hook(_ webhook: AdmissionWebhook, _ seen: GroupVersionResource, _ request: AdmissionRequest) -> Hook {
        let served = catalog.resource(group: seen.group, version: seen.version, resource: seen.resource)
        let requested = catalog.resource(
            group: request.resource.group, version: request.resource.version, resource: request.resource.resource)
        guard let served, request.kind == requested?.info.groupVersionKind, request.operation != .connect else {
            return Hook(webhook: webhook, seen: seen, kind: request.kind, served: nil)
        }
        return Hook(webhook: webhook, seen: seen, kind: served.info.groupVersionKind, served: served)
    }

    /// Conditions that cannot be checked refuse the request, unless the webhook's failures do not matter.
    private func meetsConditions(_ hook: Hook, _ request: AdmissionRequest) async throws(StatusError) -> Bool {
        guard !hook.webhook.conditions.isEmpty else { return true }
        let seen = try await hook.view(request)
        let asker = PolicyAuthorizer(authorizer: authorizer, user: request.user)
        let input = PolicyInput(
            request: seen, seen: hook.seen, kind: hook.kind, namespace: nil, authorizer: asker)
        var outcome = hook.webhook.conditions.check(input.activation(params: nil))
        for _ in 0..<PolicyAuthorizer.roundsMax {
            guard await asker.askOpenQuestions() else { break }
            outcome = hook.webhook.conditions.check(input.activation(params: nil))
        }
        switch outcome {
        case .matches: return true
        case .doesNotMatch: return false
        case .failed(let problem):
            if hook.webhook.ignoresFailures { return false }
            throw request.forbidden(problem)
        }
    }

    /// `nil` for what lies in no namespace.
    private func namespaceLabels(_ request: AdmissionRequest) throws(StatusError) -> [String: String]? {
        if request.concernsNamespaces {
            return (request.object ?? request.oldObject)?[path: "metadata", "labels"]?.stringMap ?? [:]
        }
        guard !request.namespace.isEmpty else { return nil }
        return try objects.get("namespaces", request.namespace)[path: "metadata", "labels"]?.stringMap ?? [:]
    }

    /// The verdict; `nil` when the webhook cannot be asked and that does not matter.
    ///
    /// - note: how the annotation begins that says so.
    func ask(
        _ hook: Hook, _ request: AdmissionRequest, mayPatch: Bool, failedOpen note: String
    ) async throws(StatusError) -> AdmissionReview.Answer? {
        let seen = try await hook.view(request)
        let begun = time.uptime
        let phase: AdmissionMetrics.Phase = mayPatch ? .admit : .validate
        let name = hook.webhook.name
        func count(code: Int, isRejected: Bool) {
            let took = time.uptime - begun
            request.warnings.wait(took)
            metrics.answered(name, phase, request.operation, code: code, isRejected: isRejected, took)
        }
        do throws(WebhookCallError) {
            let span = TraceSpan.current?.child(mayPatch ? "Call mutating webhook" : "Call validating webhook")
            let answer =
                if let span {
                    try await span.run(Self.traceAttributes(name, request)) { () async throws(WebhookCallError) in
                        try await call(hook, seen, mayPatch: mayPatch)
                    }
                } else { try await call(hook, seen, mayPatch: mayPatch) }
            let code = answer.isAllowed ? 200 : AdmissionReview.refusal(by: name, answer.status).code
            count(code: code, isRejected: !answer.isAllowed)
            if !answer.isAllowed { metrics.rejected(name, phase, request.operation, .noError, code: code) }
            for (key, value) in answer.annotations { request.audit?.annotate("\(hook.webhook.name)/\(key)", value) }
            return answer
        } catch {
            let failure = "failed calling webhook \"\(hook.webhook.name)\": \(error.message)"
            count(code: 500, isRejected: !hook.webhook.ignoresFailures)
            guard hook.webhook.ignoresFailures else {
                metrics.rejected(name, phase, request.operation, .callingWebhookError, code: 500)
                throw .internalError(failure)
            }
            metrics.failedOpen(name, phase)
            request.audit?.annotate("failed-open.\(note)", hook.webhook.name)
            logger.warning("a webhook's failure is let pass", metadata: ["failure": "\(failure)"])
            return nil
        }
    }

    private static func traceAttributes(_ webhook: String, _ request: AdmissionRequest) -> TraceAttributes {
        let resource = request.resource
        return [
            ("webhook", .text(webhook)),
            ("resource", .text("\(resource.group)/\(resource.version), Resource=\(resource.resource)")),
            ("subresource", .text(request.subresource)), ("operation", .text(request.operation.rawValue)),
        ]
    }

    private func call(
        _ hook: Hook, _ request: AdmissionRequest, mayPatch: Bool
    ) async throws(WebhookCallError) -> AdmissionReview.Answer {
        let webhook = hook.webhook
        guard let version = webhook.reviewVersion else {
            throw WebhookCallError("webhook does not accept known AdmissionReview versions (v1, v1beta1)")
        }
        let uid = random.uuid()
        let review = AdmissionReview.request(
            request, version: version, uid: uid, seenResource: hook.seen, seenKind: hook.kind)
        let answer: Value
        do throws(WebhookCallError) {
            answer = try await caller.post(review, to: webhook.client, objects, timeout: webhook.timeoutSeconds)
        } catch {
            throw WebhookCallError("failed to call webhook: \(error.message)")
        }
        return try AdmissionReview.answer(answer, version: version, uid: uid, mayPatch: mayPatch)
    }
}
