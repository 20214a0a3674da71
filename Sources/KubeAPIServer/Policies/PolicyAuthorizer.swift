internal import APIMachinery
internal import CEL
internal import Synchronization

/// Lets expressions ask the server's authorizer.
///
/// An expression cannot wait. What somebody far away has to be asked is noted; then it is asked, and the expression is
/// evaluated once more with the answers.
final class PolicyAuthorizer: CELAuthorizer {
    /// How often expressions are evaluated anew because of what they asked.
    static let roundsMax = 16

    private struct State {
        var answers: [AuthorizationAttributes: Decision] = [:]
        var open: Set<AuthorizationAttributes> = []
    }

    private let authorizer: any Authorizer
    /// Who sent the request.
    private let user: UserInfo
    private let state = Mutex(State())

    init(authorizer: any Authorizer, user: UserInfo) {
        self.authorizer = authorizer
        self.user = user
    }

    func authorize(_ request: CELAuthorizationRequest) -> CELAuthorizationDecision {
        let user = request.serviceAccount.map(Self.serviceAccount) ?? user
        let attributes: AuthorizationAttributes
        if let path = request.path {
            attributes = AuthorizationAttributes(user: user, verb: request.verb, path: path)
        } else {
            attributes = AuthorizationAttributes(
                user: user, verb: request.verb, apiGroup: request.group, apiVersion: "*", resource: request.resource,
                subresource: request.subresource, namespace: request.namespace, name: request.name,
                fieldSelector: Self.fields(request.fieldSelector), labelSelector: Self.labels(request.labelSelector))
        }
        let decision = decision(attributes)
        return CELAuthorizationDecision(isAllowed: decision.isAllowed, reason: decision.reason)
    }

    // A selector that cannot be read asks about more: whoever wrote it gets no more for that.

    private static func fields(_ text: String) -> [AuthorizationAttributes.FieldRequirement] {
        guard !text.isEmpty, let selector = try? FieldSelector(parsing: text) else { return [] }
        return selector.requirements.map { .init(field: $0.field, value: $0.value, isNegated: $0.isNegated) }
    }

    private static func labels(_ text: String) -> [LabelRequirement] {
        guard !text.isEmpty, let selector = try? Selector(parsing: text) else { return [] }
        return selector.requirements
    }

    private func decision(_ attributes: AuthorizationAttributes) -> Decision {
        if let answer = state.withLock({ $0.answers[attributes] }) { return answer }
        let decision = authorizer.authorize(attributes)
        if decision == .unasked { _ = state.withLock { $0.open.insert(attributes) } }
        return decision
    }

    /// Asks what was noted. False when there was nothing: what was evaluated holds.
    func askOpenQuestions() async -> Bool {
        let open = state.withLock { state in
            defer { state.open = [] }
            return state.open
        }
        for question in open {
            let answer = await authorizer.decide(question)
            state.withLock { $0.answers[question] = answer }
        }
        return !open.isEmpty
    }

    /// `system:serviceaccount:namespace:name`
    private static func serviceAccount(_ name: String) -> UserInfo {
        let namespace = name.split(separator: ":").dropFirst(2).first.map(String.init) ?? ""
        return UserInfo(
            name: name, groups: [UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(namespace)"])
    }
}
