internal import ClusterPKI
internal import Synchronization

/// Role-based access control: allows what some binding of the user grants, and never denies.
///
/// **Speed.** What a user may do is worked out once per user and kind of request (verb, group, resource) and
/// remembered until any role or binding changes; a check then is two dictionary look-ups. Names and namespaces are
/// compared afterwards and are not part of what is remembered, so that ten thousand pods are one entry.
package final class RBACAuthorizer: Authorizer {
    /// Users whose grants are remembered at a time.
    package static let userLimit = 2048

    private struct UserKey: Hashable, Sendable {
        let name: String
        let groups: [String]
    }

    private struct State {
        var index = RBACIndex()
        var users = BoundedCache<UserKey, UserGrants>(limit: userLimit)
    }

    private let state = Mutex(State())

    package init() {}

    /// Takes over changes of roles and bindings, in order.
    package func apply(_ changes: [RBACChange]) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            for change in changes { state.index.apply(change) }
            state.users.removeAll()
        }
    }

    /// Every role and binding, as of now.
    package var snapshot: RBACIndex { state.withLock { $0.index } }

    package func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        grants(of: attributes.user).decide(attributes)
    }

    /// All rules that the user holds in the namespace (`nil`: everywhere), cluster-wide grants included.
    package func rules(of user: UserInfo, in namespace: String?) -> [RBACRule] {
        let index = snapshot
        return index.bindings(of: user).flatMap { binding, _ -> [RBACRule] in
            guard binding.key.namespace == nil || binding.key.namespace == namespace else { return [] }
            return index.roles[binding.roleKey]?.rules ?? []
        }
    }

    private func grants(of user: UserInfo) -> UserGrants {
        let key = UserKey(name: user.name, groups: user.groups)
        return state.withLock { state in
            if let known = state.users.find(key) { return known }
            let grants = UserGrants(user, state.index)
            state.users.store(grants, for: key)
            return grants
        }
    }
}
