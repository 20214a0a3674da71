/// What an authorizer says, and why. The reason goes into 403 answers and the audit log.
package enum Decision: Sendable, Hashable {
    case allow(reason: String)
    case deny(reason: String)
    /// Somebody else may decide; nobody deciding is a denial.
    case noOpinion(reason: String)
    /// Nobody knows before somebody far away was asked.
    case unasked

    package var isAllowed: Bool { if case .allow = self { true } else { false } }

    package var reason: String {
        switch self {
        case .allow(let reason), .deny(let reason), .noOpinion(let reason): reason
        case .unasked: ""
        }
    }
}

/// Decides whether a request may go on.
package protocol Authorizer: Sendable {
    /// The verdict on one request, from memory: it never waits.
    func authorize(_ attributes: AuthorizationAttributes) -> Decision

    /// The same, after asking whoever has to be asked; never ``Decision/unasked``.
    func decide(_ attributes: AuthorizationAttributes) async -> Decision
}

extension Authorizer {
    package func decide(_ attributes: AuthorizationAttributes) async -> Decision { authorize(attributes) }
}

/// Asks several authorizers in order; the first that allows or denies decides. Copies of it change together.
package struct UnionAuthorizer: Authorizer {
    let members: Replaceable<[any Authorizer]>

    package init(_ members: [any Authorizer]) { self.members = Replaceable(members) }

    package func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        var reasons: [String] = []
        for member in members.current {
            switch member.authorize(attributes) {
            case .noOpinion(let reason): if !reason.isEmpty { reasons.append(reason) }
            case let decision: return decision
            }
        }
        return .noOpinion(reason: reasons.joined(separator: "\n"))
    }

    package func decide(_ attributes: AuthorizationAttributes) async -> Decision {
        var reasons: [String] = []
        for member in members.current {
            switch await member.decide(attributes) {
            case .noOpinion(let reason): if !reason.isEmpty { reasons.append(reason) }
            case let decision: return decision
            }
        }
        return .noOpinion(reason: reasons.joined(separator: "\n"))
    }
}

/// Allows everything to members of one group (`system:masters`), so that broken policy can be repaired.
package struct PrivilegedGroupAuthorizer: Authorizer {
    private let groups: Set<String>

    package init(groups: Set<String> = [UserGroup.masters]) { self.groups = groups }

    package func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        for group in attributes.user.groups where groups.contains(group) { return .allow(reason: "") }
        return .noOpinion(reason: "")
    }
}
