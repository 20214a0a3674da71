/// What is known of a bearer token.
package enum TokenFinding: Sendable, Equatable {
    /// - audiences: for whom the token is; `nil`: for this API.
    case user(UserInfo, audiences: [String]?)
    /// Not a token of this kind: somebody else may know it.
    case foreign
    case rejected(String)
    /// Nobody knows before somebody far away was asked.
    case unasked
}

/// Knows the tokens of one kind.
package protocol TokenAuthenticator: Sendable {
    /// What memory knows of the token. Never waits.
    ///
    /// - audiences: for whom the token has to be; `nil`: for this API.
    func recognize(_ token: String, audiences: [String]?) -> TokenFinding

    /// The same, after asking whoever has to be asked; never ``TokenFinding/unasked``.
    func ask(_ token: String, audiences: [String]?) async -> TokenFinding
}

extension TokenAuthenticator {
    package func ask(_ token: String, audiences: [String]?) async -> TokenFinding {
        recognize(token, audiences: audiences)
    }
}

/// Several kinds of tokens; the first who knows the user decides, whatever others say. Copies of it
/// change together.
package struct TokenUnion: TokenAuthenticator {
    let members: Replaceable<[any TokenAuthenticator]>

    package init(_ members: [any TokenAuthenticator]) { self.members = Replaceable(members) }

    package func recognize(_ token: String, audiences: [String]?) -> TokenFinding {
        var problem: String?
        for member in members.current {
            switch member.recognize(token, audiences: audiences) {
            case .foreign: continue
            case .rejected(let reason): problem = problem ?? reason
            case let finding: return finding
            }
        }
        return problem.map { .rejected($0) } ?? .foreign
    }

    package func ask(_ token: String, audiences: [String]?) async -> TokenFinding {
        var problem: String?
        for member in members.current {
            switch await member.ask(token, audiences: audiences) {
            case .foreign, .unasked: continue
            case .rejected(let reason): problem = problem ?? reason
            case let finding: return finding
            }
        }
        return problem.map { .rejected($0) } ?? .foreign
    }
}
