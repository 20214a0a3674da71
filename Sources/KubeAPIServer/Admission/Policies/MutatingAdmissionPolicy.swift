internal import APIMachinery
internal import APIRules

/// Lets policies that are written as expressions change what is about to be written.
struct MutatingAdmissionPolicy: AdmissionPlugin {
    let name = "MutatingAdmissionPolicy"
    let index: PolicyIndex<MutatingPolicy>
    let dispatch: PolicyDispatch

    /// A policy with one of its bindings and one of that binding's parameters.
    private struct Invocation {
        let policy: MutatingPolicy
        let binding: PolicyBinding
        let seen: GroupVersionResource
        let params: Value?

        var key: String {
            "\(policy.basis.name)/\(binding.name)/\(params?[path: "metadata", "namespace"]?.stringValue ?? "")/"
                + (params?.objectName ?? "")
        }
    }

    private struct Refusal {
        let message: String
        var reason: StatusReason?

        init(_ policy: PolicyBasis, _ binding: PolicyBinding, _ message: String, reason: StatusReason? = nil) {
            self.message = "policy '\(policy.name)' with binding '\(binding.name)' denied request: \(message)"
            self.reason = reason
        }
    }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation != .delete && !WebhookMatch.isExempt(request.resource) && !index.hooks.isEmpty
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        request.reinvocation.begin(name, request.object)
        let scene = try dispatch.scene(of: request)
        var refusals: [Refusal] = []
        for invocation in invocations(request, scene, &refusals) {
            try await run(invocation, &request, scene, &refusals)
        }
        request.reinvocation.end(name, request.object)
        guard let first = refusals.first else { return }
        var error = request.forbidden(first.message)
        error.message = first.message
        if let reason = first.reason { error.reason = reason }
        error.causes += refusals.map { StatusCause(reason: "", message: $0.message) }
        throw error
    }

    /// Found before the first change: what policies change does not decide which others run.
    private func invocations(
        _ request: AdmissionRequest, _ scene: PolicyDispatch.Scene, _ refusals: inout [Refusal]
    ) -> [Invocation] {
        var found: [Invocation] = []
        for hook in index.hooks {
            guard let (seen, bindings) = dispatch.concern(hook, request, scene) else { continue }
            for binding in bindings {
                do throws(PolicyParams.Problem) {
                    found += try dispatch.params(hook.policy.basis, binding, request).map {
                        Invocation(policy: hook.policy, binding: binding, seen: seen, params: $0)
                    }
                } catch {
                    if hook.policy.basis.ignoresFailures { continue }
                    refusals.append(
                        Refusal(hook.policy.basis, binding, "failed to configure binding: \(error.message)"))
                }
            }
        }
        return found
    }

    private func run(
        _ invocation: Invocation, _ request: inout AdmissionRequest, _ scene: PolicyDispatch.Scene,
        _ refusals: inout [Refusal]
    ) async throws(StatusError) {
        let policy = invocation.policy
        guard request.reinvocation.allows(name, invocation.key) else { return }
        var problems: [String] = []
        switch try await conditions(of: invocation, request, scene) {
        case .matches:
            let before = request.object
            for mutation in policy.mutations where request.object != nil {
                if let problem = try await mutate(mutation, invocation, &request, scene) { problems.append(problem) }
            }
            request.reinvocation.ran(
                name, invocation.key, isChange: request.object != before, wantsAgain: policy.isReinvoked)
        case .doesNotMatch: return
        case .failed(let message): problems = [message]
        }
        if policy.basis.ignoresFailures { return }
        refusals += problems.map { Refusal(policy.basis, invocation.binding, $0, reason: .invalid) }
    }

    private func conditions(
        of invocation: Invocation, _ request: AdmissionRequest, _ scene: PolicyDispatch.Scene
    ) async throws(StatusError) -> MatchConditions.Outcome {
        guard !invocation.policy.basis.conditions.isEmpty else { return .matches }
        return try await asking(invocation, request, scene) { input in
            invocation.policy.basis.conditions.check(input.activation(params: invocation.params))
        }
    }

    /// Evaluates something with the request as the policy sees it, until everything that it asks is answered.
    private func asking<Answer>(
        _ invocation: Invocation, _ request: AdmissionRequest, _ scene: PolicyDispatch.Scene,
        _ evaluate: (PolicyInput) -> Answer
    ) async throws(StatusError) -> Answer {
        let asker = PolicyAuthorizer(authorizer: dispatch.authorizer, user: request.user)
        let input = try await dispatch.input(request, as: invocation.seen, scene, asker)
        var answer = evaluate(input)
        for _ in 0..<PolicyAuthorizer.roundsMax {
            guard await asker.askOpenQuestions() else { break }
            answer = evaluate(input)
        }
        return answer
    }

    /// Changes the request's object; what goes wrong is handed back.
    private func mutate(
        _ mutation: PolicyMutation, _ invocation: Invocation, _ request: inout AdmissionRequest,
        _ scene: PolicyDispatch.Scene
    ) async throws(StatusError) -> String? {
        let served = dispatch.served(request, as: invocation.seen)
        let kind = served?.info.groupVersionKind ?? request.kind
        let schema = served?.schema ?? SchemaCatalog.builtin.type(for: kind)
        if served == nil, schema == nil {
            throw .serviceUnavailable(
                "Resource kind \(kind.group)/\(kind.version), Kind=\(kind.kind) not found. There can be a delay "
                    + "between when CustomResourceDefinitions are created and when they are available.")
        }
        let outcome: Result<Value, PolicyMutation.Problem> = try await asking(invocation, request, scene) { input in
            do throws(PolicyMutation.Problem) {
                let activation = input.activation(params: invocation.params)
                let object = input.request.object ?? .null
                return .success(
                    try mutation.apply(to: object, schema: schema, activation, invocation.policy.basis))
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .failure(let problem): return problem.message
        case .success(let changed):
            request.object = try await request.taking(
                changed, as: served, dispatch.catalog, isStrict: mutation.isJSONPatch)
            return nil
        }
    }
}
