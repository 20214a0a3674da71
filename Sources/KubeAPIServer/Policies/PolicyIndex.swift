internal import APIMachinery
internal import Synchronization

/// All policies of a kind with their bindings, kept in step with the store.
final class PolicyIndex<Policy: CompiledPolicy>: Sendable {
    struct Hook: Sendable {
        let policy: Policy
        let bindings: [PolicyBinding]
    }

    private struct State {
        var policies: [String: Policy] = [:]
        var bindings: [String: PolicyBinding] = [:]
        var hooks: [Hook] = []

        /// A policy without a binding does nothing.
        mutating func settle() {
            let byPolicy = Dictionary(grouping: bindings.values, by: \.policyName)
            hooks = policies.values.sorted { $0.basis.name < $1.basis.name }.compactMap { policy in
                guard let bindings = byPolicy[policy.basis.name] else { return nil }
                return Hook(policy: policy, bindings: bindings.sorted { $0.name < $1.name })
            }
        }
    }

    private let state = Mutex(State())

    var hooks: [Hook] { state.withLock { $0.hooks } }

    func follow(policy: Value, isGone: Bool) {
        let compiled = isGone ? nil : Policy(policy)
        state.withLock { state in
            state.policies[policy.objectName] = compiled
            state.settle()
        }
    }

    func follow(binding: Value, isGone: Bool) {
        state.withLock { state in
            state.bindings[binding.objectName] = isGone ? nil : PolicyBinding(binding)
            state.settle()
        }
    }
}
