internal import APIMachinery

/// Lets policies that are written as expressions reject what is about to be written.
struct ValidatingAdmissionPolicy: AdmissionPlugin {
    let name = "ValidatingAdmissionPolicy"
    let index: PolicyIndex
    let objects: ObjectLookup
    let catalog: ResourceCatalog
    let authorizer: any Authorizer

    private struct Refusal {
        let message: String
        var reason = ""
    }

    func handles(_ request: AdmissionRequest) -> Bool {
        !WebhookMatch.isExempt(request.resource) && !index.hooks.isEmpty
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let asker = PolicyAuthorizer(authorizer: authorizer, user: request.user)
        var verdict = try await judge(request, asker)
        for _ in 0..<PolicyAuthorizer.roundsMax {
            guard await asker.askOpenQuestions() else { break }
            verdict = try await judge(request, asker)
        }
        for warning in verdict.warnings { request.warnings.add(warning) }
        if let audit = request.audit { verdict.notes.publish(to: audit) }
        if let first = verdict.refusals.first { throw Self.error(first, request) }
    }

    /// What all policies together say of a request.
    private struct Verdict {
        var refusals: [Refusal] = []
        var warnings: [String] = []
        var notes = PolicyNotes()
    }

    private func judge(
        _ request: AdmissionRequest, _ asker: PolicyAuthorizer
    ) async throws(StatusError) -> Verdict {
        let namespace = try namespace(of: request)
        let labels = request.concernsNamespaces ? request.object ?? request.oldObject : namespace
        let labelMap = labels.map { $0[path: "metadata", "labels"]?.stringMap ?? [:] }
        let equivalents = catalog.versions(besides: request.resource)
        var verdict = Verdict()
        for hook in index.hooks {
            let seen = hook.policy.match.resource(request, namespace: labelMap, equivalents: equivalents)
            guard let seen else { continue }
            let input = try await input(request, seen, namespace, asker)
            for binding in hook.bindings {
                if let match = binding.match,
                    match.resource(request, namespace: labelMap, equivalents: equivalents) == nil
                {
                    continue
                }
                apply(hook.policy, binding, input, &verdict)
            }
        }
        return verdict
    }

    /// `nil` for what lies in no namespace.
    private func namespace(of request: AdmissionRequest) throws(StatusError) -> Value? {
        guard !request.namespace.isEmpty, !request.concernsNamespaces else { return nil }
        return try objects.get("namespaces", request.namespace)
    }

    /// The request in the version that the policy asked for.
    private func input(
        _ request: AdmissionRequest, _ seen: GroupVersionResource, _ namespace: Value?, _ asker: PolicyAuthorizer
    ) async throws(StatusError) -> PolicyInput {
        var request = request
        var kind = request.kind
        let served = catalog.resource(group: seen.group, version: seen.version, resource: seen.resource)
        let requested = catalog.resource(
            group: request.resource.group, version: request.resource.version, resource: request.resource.resource)
        if let served, request.kind == requested?.info.groupVersionKind, request.operation != .connect {
            kind = served.info.groupVersionKind
            request = try await request.seen(as: served)
        }
        return PolicyInput(
            request: request, seen: seen, kind: kind, namespace: namespace,
            authorizer: asker)
    }

    private func apply(
        _ policy: ValidatingPolicy, _ binding: PolicyBinding, _ input: PolicyInput, _ all: inout Verdict
    ) {
        let title = "ValidatingAdmissionPolicy '\(policy.name)' with binding '\(binding.name)'"
        let params: [Value?]
        do throws(PolicyParams.Problem) {
            params = try PolicyParams(objects: objects, catalog: catalog)
                .find(policy.paramKind, binding.paramRef, namespace: input.request.namespace)
        } catch {
            if policy.ignoresFailures { return }
            let message = "\(title) denied request: failed to configure binding: \(error.message)"
            return all.refusals.append(Refusal(message: message))
        }
        for param in params {
            let verdict = PolicyVerdict(policy, input.activation(params: param))
            all.notes.add(verdict, of: policy, binding)
            for denial in verdict.denials {
                if binding.actions.contains("Deny") {
                    all.refusals.append(
                        Refusal(message: "\(title) denied request: \(denial.message)", reason: denial.reason))
                }
                if binding.actions.contains("Warn") {
                    all.warnings.append("Validation failed for \(title): \(denial.message)")
                }
            }
            all.refusals += verdict.annotationFailures.map { Refusal(message: "\(title) denied request: \($0)") }
        }
    }

    private static func error(_ refusal: Refusal, _ request: AdmissionRequest) -> StatusError {
        var error = request.forbidden(refusal.message)
        switch refusal.reason {
        case "Forbidden": (error.reason, error.code) = (.forbidden, 403)
        case "Unauthorized": (error.reason, error.code) = (.unauthorized, 401)
        case "RequestEntityTooLarge": (error.reason, error.code) = (.requestEntityTooLarge, 413)
        default: (error.reason, error.code) = (.invalid, 422)
        }
        error.causes.append(StatusCause(reason: "", message: refusal.message))
        return error
    }
}
