/// A change of one policy object.
package enum RBACChange: Sendable {
    case putRole(RBACRole)
    case removeRole(RBACRole.Key)
    case putBinding(RBACBinding)
    case removeBinding(RBACRole.Key)
}

/// All roles and bindings, with the bindings found by subject. A value: a copy is a snapshot.
package struct RBACIndex: Sendable {
    private(set) package var roles: [RBACRole.Key: RBACRole] = [:]
    private(set) package var bindings: [RBACRole.Key: RBACBinding] = [:]
    /// By user name; a service account is found by its user name.
    private var bindingsOfUser: [String: Set<RBACRole.Key>] = [:]
    private var bindingsOfGroup: [String: Set<RBACRole.Key>] = [:]

    package init() {}

    package mutating func apply(_ change: RBACChange) {
        switch change {
        case .putRole(let role): roles[role.key] = role
        case .removeRole(let key): roles[key] = nil
        case .putBinding(let binding):
            removeBinding(binding.key)
            bindings[binding.key] = binding
            for subject in binding.subjects { update(subject, of: binding.key) { $0.insert(binding.key) } }
        case .removeBinding(let key): removeBinding(key)
        }
    }

    private mutating func removeBinding(_ key: RBACRole.Key) {
        guard let binding = bindings.removeValue(forKey: key) else { return }
        for subject in binding.subjects { update(subject, of: key) { $0.remove(key) } }
    }

    private mutating func update(
        _ subject: RBACBinding.Subject, of key: RBACRole.Key, _ change: (inout Set<RBACRole.Key>) -> Void
    ) {
        if subject.kind == .group {
            change(&bindingsOfGroup[subject.name, default: []])
            if bindingsOfGroup[subject.name]?.isEmpty == true { bindingsOfGroup[subject.name] = nil }
        } else {
            let name = subject.userName(in: key.namespace)
            change(&bindingsOfUser[name, default: []])
            if bindingsOfUser[name]?.isEmpty == true { bindingsOfUser[name] = nil }
        }
    }

    /// The bindings that name the user or a group of theirs, each with the subject that does, cluster-wide ones
    /// first and then by name.
    package func bindings(of user: UserInfo) -> [(binding: RBACBinding, subject: RBACBinding.Subject)] {
        var keys = bindingsOfUser[user.name] ?? []
        for group in user.groups { if let more = bindingsOfGroup[group] { keys.formUnion(more) } }
        let ordered = keys.sorted { left, right in
            (left.namespace ?? "", left.name) < (right.namespace ?? "", right.name)
        }
        return ordered.compactMap { key in
            guard let binding = bindings[key],
                let subject = binding.subjects.first(where: { $0.names(user, in: key.namespace) })
            else { return nil }
            return (binding, subject)
        }
    }
}

extension RBACBinding.Subject {
    /// The user name that the subject stands for; a service account without a namespace is the binding's neighbour.
    func userName(in bindingNamespace: String?) -> String {
        guard kind == .serviceAccount else { return name }
        return "system:serviceaccount:\(namespace.isEmpty ? bindingNamespace ?? "" : namespace):\(name)"
    }

    func names(_ user: UserInfo, in bindingNamespace: String?) -> Bool {
        kind == .group ? user.groups.contains(name) : user.name == userName(in: bindingNamespace)
    }
}
