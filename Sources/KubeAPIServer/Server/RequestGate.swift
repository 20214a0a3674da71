internal import APIMachinery

/// What has to be allowed before a request is let in: who its user may be, and what it is about to do.
struct RequestGate: Sendable {
    private let request: ServerRequest
    private let info: RequestInfo
    private let asker: UserInfo
    private let impersonation: Impersonation?

    /// - Throws: 400 for a wish to be somebody else that does not say who.
    init(
        _ request: ServerRequest, _ info: RequestInfo, _ asker: UserInfo, _ gates: FeatureGates
    ) throws(StatusError) {
        self.request = request
        self.info = info
        self.asker = asker
        // Nobody else than the asker in nearly every request, and then there is nothing to be worked out.
        guard request.headers.names.contains(where: { $0.hasPrefix("impersonate-") }) else {
            impersonation = nil
            return
        }
        impersonation = try Impersonation(
            Self.attributes(of: request, info, asker), request.headers,
            isConstrained: gates[.constrainedImpersonation])
    }

    /// What memory says; `nil` when somebody has to be asked.
    func passage(_ authorizer: any Authorizer) -> Passage? {
        var inquiry = Inquiry(authorizer)
        return passage(&inquiry)
    }

    /// The same, after asking.
    func passage(asking authorizer: any Authorizer) async -> Passage {
        var inquiry = Inquiry(authorizer)
        while true {
            if let passage = passage(&inquiry) { return passage }
            await inquiry.ask()
        }
    }

    private func passage(_ inquiry: inout Inquiry) -> Passage? {
        guard let impersonation else { return passage(as: asker, &inquiry) }
        var first: (error: StatusError, decision: Decision)?
        for way in impersonation.ways {
            switch inquiry.walk(way.steps) {
            case .unasked: return nil
            case .allowed:
                var passage = passage(as: way.user, &inquiry)
                passage?.impersonated = way
                return passage
            case .refused(let error, let decision): first = first ?? (error, decision)
            }
        }
        var passage = Passage(user: asker, attributes: nil)
        passage.error = first?.error
        passage.decision = first?.decision ?? .noOpinion(reason: "")
        return passage
    }

    private func passage(as user: UserInfo, _ inquiry: inout Inquiry) -> Passage? {
        let own = Self.attributes(of: request, info, user)
        var passage = Passage(user: user, attributes: own)
        var questions = [own]
        // A WebSocket begins as a GET, and who may only look may not type: these need `create` however they begin.
        if info.verb == "get", info.group.isEmpty, info.resource == "pods",
            ["exec", "attach", "portforward"].contains(info.subresource)
        {
            var creation = own
            creation.verb = "create"
            questions.append(creation)
        }
        for question in questions {
            let decision = inquiry.decision(question)
            if decision == .unasked { return nil }
            passage.decision = decision
            passage.annotations.append(decision)
            guard decision.isAllowed else {
                passage.error = ForbiddenMessage.status(for: question, reason: decision.reason)
                break
            }
        }
        return passage
    }

    static func attributes(
        of request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) -> AuthorizationAttributes {
        guard info.isResourceRequest else {
            return AuthorizationAttributes(user: user, verb: info.verb, path: request.path)
        }
        var attributes = AuthorizationAttributes(
            user: user, verb: info.verb, apiGroup: info.group, apiVersion: info.version, resource: info.resource,
            subresource: info.subresource, namespace: info.namespace, name: info.name, path: request.path)
        guard ["list", "watch", "deletecollection"].contains(info.verb) else { return attributes }
        // A selector that cannot be read is refused later, with its own message.
        if let text = request.query["fieldSelector"], !text.isEmpty, let selector = try? FieldSelector(parsing: text) {
            attributes.fieldSelector = selector.requirements.map {
                AuthorizationAttributes.FieldRequirement(field: $0.field, value: $0.value, isNegated: $0.isNegated)
            }
        }
        if let text = request.query["labelSelector"], !text.isEmpty, let selector = try? Selector(parsing: text) {
            attributes.labelSelector = selector.requirements
        }
        return attributes
    }
}

extension RequestGate {
    /// What has come of it.
    struct Passage {
        /// The user as whom the request goes on.
        let user: UserInfo
        /// What the request is about to do, as that user; `nil` for who may not be that user.
        let attributes: AuthorizationAttributes?
        /// The last.
        var decision = Decision.noOpinion(reason: "")
        var annotations: [Decision] = []
        var impersonated: Impersonation.Way?
        var error: StatusError?

        /// The user, if everything is allowed.
        func pass(_ audit: AuditRecord?) throws(StatusError) -> UserInfo {
            if let impersonated { audit?.becomes(impersonated.user, by: impersonated.constraint) }
            for decision in annotations {
                audit?.annotate("authorization.k8s.io/decision", decision.isAllowed ? "allow" : "forbid")
                audit?.annotate("authorization.k8s.io/reason", decision.reason)
            }
            if let error { throw error }
            return user
        }
    }

    /// Questions, and the answers of those who had to be asked.
    private struct Inquiry {
        enum Outcome {
            case allowed
            case refused(StatusError, Decision)
            case unasked
        }

        private let authorizer: any Authorizer
        private var answers: [AuthorizationAttributes: Decision] = [:]
        private var open: AuthorizationAttributes?

        init(_ authorizer: any Authorizer) { self.authorizer = authorizer }

        mutating func decision(_ question: AuthorizationAttributes) -> Decision {
            if !answers.isEmpty, let answer = answers[question] { return answer }
            let decision = authorizer.authorize(question)
            if decision == .unasked { open = question }
            return decision
        }

        mutating func ask() async {
            guard let question = open else { return }
            open = nil
            answers[question] = await authorizer.decide(question)
        }

        mutating func walk(_ steps: [Impersonation.Step]) -> Outcome {
            for step in steps {
                switch step {
                case .refuse(let error): return .refused(error, .deny(reason: ""))
                case .ask(let question):
                    if let outcome = obstacle([question]) { return outcome }
                case .askAll(let wide, let each):
                    let decision = decision(wide)
                    if decision == .unasked { return .unasked }
                    if !decision.isAllowed, let outcome = obstacle(each) { return outcome }
                }
            }
            return .allowed
        }

        private mutating func obstacle(_ questions: [AuthorizationAttributes]) -> Outcome? {
            for question in questions {
                let decision = decision(question)
                if decision == .unasked { return .unasked }
                guard decision.isAllowed else {
                    return .refused(ForbiddenMessage.status(for: question, reason: decision.reason), decision)
                }
            }
            return nil
        }
    }
}
