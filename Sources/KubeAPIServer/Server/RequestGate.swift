internal import APIMachinery

/// What has to be allowed before a request is let in: who its user may be, and what it is about to do.
struct RequestGate: Sendable {
    /// The user as whom the request goes on.
    let user: UserInfo
    private let impersonation: Impersonation?
    /// What the request is about to do, as that user.
    let attributes: AuthorizationAttributes
    private let questions: [AuthorizationAttributes]

    init(_ request: ServerRequest, _ info: RequestInfo, _ asker: UserInfo) {
        impersonation = Impersonation(asker, request.headers)
        user = impersonation?.user ?? asker
        let own = Self.attributes(of: request, info, user)
        attributes = own
        var questions = [own]
        // A WebSocket begins as a GET, and who may only look may not type: these need `create` however they begin.
        if info.verb == "get", info.group.isEmpty, info.resource == "pods",
            ["exec", "attach", "portforward"].contains(info.subresource)
        {
            var creation = own
            creation.verb = "create"
            questions.append(creation)
        }
        self.questions = questions
    }

    private var all: [AuthorizationAttributes] { (impersonation?.questions ?? []) + questions }

    /// What memory says; `nil` when somebody has to be asked. Ends with the first that is not allowed.
    func decisions(of authorizer: any Authorizer) -> [Decision]? {
        var decisions: [Decision] = []
        for question in impersonation == nil ? questions : all {
            let decision = authorizer.authorize(question)
            if decision == .unasked { return nil }
            decisions.append(decision)
            guard decision.isAllowed else { break }
        }
        return decisions
    }

    /// The same, after asking.
    func decisions(asking authorizer: any Authorizer) async -> [Decision] {
        var decisions: [Decision] = []
        for question in all {
            let decision = await authorizer.decide(question)
            decisions.append(decision)
            guard decision.isAllowed else { break }
        }
        return decisions
    }

    /// The user, if everything is allowed.
    func pass(_ decisions: [Decision], _ audit: AuditRecord?) throws(StatusError) -> UserInfo {
        let first = impersonation?.questions ?? []
        for (question, decision) in zip(first, decisions) where !decision.isAllowed {
            throw ForbiddenMessage.status(for: question, reason: decision.reason)
        }
        if impersonation != nil { audit?.becomes(user) }
        for (question, decision) in zip(questions, decisions.dropFirst(first.count)) {
            audit?.annotate("authorization.k8s.io/decision", decision.isAllowed ? "allow" : "forbid")
            audit?.annotate("authorization.k8s.io/reason", decision.reason)
            guard decision.isAllowed else { throw ForbiddenMessage.status(for: question, reason: decision.reason) }
        }
        return user
    }

    static func attributes(
        of request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) -> AuthorizationAttributes {
        guard info.isResourceRequest else {
            return AuthorizationAttributes(user: user, verb: info.verb, path: request.path)
        }
        return AuthorizationAttributes(
            user: user, verb: info.verb, apiGroup: info.group, apiVersion: info.version, resource: info.resource,
            subresource: info.subresource, namespace: info.namespace, name: info.name, path: request.path,
            fieldSelector: fieldEqualities(request.query))
    }

    private static func fieldEqualities(_ query: QueryParameters) -> [AuthorizationAttributes.FieldEquality] {
        guard let text = query["fieldSelector"], !text.isEmpty,
            // A selector that cannot be read is refused later, with its own message.
            let selector = try? FieldSelector(parsing: text)
        else { return [] }
        return selector.requirements.filter { !$0.isNegated }.map {
            AuthorizationAttributes.FieldEquality(field: $0.field, value: $0.value)
        }
    }
}
