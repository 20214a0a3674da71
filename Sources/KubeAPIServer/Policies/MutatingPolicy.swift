internal import APIMachinery
internal import APIRules
internal import CEL

/// A mutating policy, read and compiled for use.
struct MutatingPolicy: CompiledPolicy {
    let basis: PolicyBasis
    /// Whether it wants to see what others change after it.
    let isReinvoked: Bool
    let mutations: [PolicyMutation]

    init(_ policy: Value) {
        let basis = PolicyBasis(policy)
        self.basis = basis
        isReinvoked = policy[path: "spec", "reinvocationPolicy"] == "IfNeeded"
        var environment = basis.environment
        environment.addPatchTypes()
        mutations = (policy[path: "spec", "mutations"]?.arrayValue ?? []).compactMap { [environment] mutation in
            let name = mutation["patchType"]?.stringValue ?? ""
            guard let (field, type) = AdmissionExpressions.patchType(name) else { return nil }
            let text = mutation[path: field, "expression"]?.stringValue ?? ""
            return PolicyMutation(
                isJSONPatch: field == "jsonPatch", expression: PolicyExpression(text, environment, [type]))
        }
    }
}
