internal import APIMachinery

/// Lets policies that are written as expressions reject what is about to be written.
struct ValidatingAdmissionPolicy: AdmissionPlugin {
    let name = "ValidatingAdmissionPolicy"
    let index: PolicyIndex<ValidatingPolicy>
    let dispatch: PolicyDispatch

    private struct Refusal {
        let message: String
        var reason = ""
    }

    func handles(_ request: AdmissionRequest) -> Bool {
        !WebhookMatch.isExempt(request.resource) && !index.hooks.isEmpty
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let asker = PolicyAuthorizer(authorizer: dispatch.authorizer, user: request.user)
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
        let scene = try dispatch.scene(of: request)
        var verdict = Verdict()
        for hook in index.hooks {
            guard let (seen, bindings) = dispatch.concern(hook, request, scene), !bindings.isEmpty else { continue }
            let input = try await dispatch.input(request, as: seen, scene, asker)
            for binding in bindings { apply(hook.policy, binding, input, &verdict) }
        }
        return verdict
    }

    private func apply(
        _ policy: ValidatingPolicy, _ binding: PolicyBinding, _ input: PolicyInput, _ all: inout Verdict
    ) {
        let basis = policy.basis
        let title = "ValidatingAdmissionPolicy '\(basis.name)' with binding '\(binding.name)'"
        let params: [Value?]
        do throws(PolicyParams.Problem) {
            params = try dispatch.params(basis, binding, input.request)
        } catch {
            if basis.ignoresFailures { return }
            let message = "\(title) denied request: failed to configure binding: \(error.message)"
            return all.refusals.append(Refusal(message: message))
        }
        for param in params {
            let verdict = PolicyVerdict(policy, input.activation(params: param))
            all.notes.add(verdict, of: basis, binding)
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
