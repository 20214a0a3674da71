internal import APIMachinery
internal import APIRules

/// Requests that ask something and leave nothing: may somebody do that, whose token is this, who am I.
struct ReviewHandler: SubresourceHandler {
    let authorizer: UnionAuthorizer
    let rbac: RBACAuthorizer
    /// Whether there may be rights that no rule lists.
    let hasUnlistedRules: Replaceable<Bool>
    let tokens: any TokenAuthenticator
    /// The API's own, for which a token is when nobody says otherwise.
    let audiences: [String]

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        guard call.info.verb == "create" else {
            throw .methodNotSupported(call.resource.info.groupResource, call.info.verb)
        }
        var review = try call.body()
        switch call.resource.info.plural {
        case "subjectaccessreviews":
            try check(AccessReviewRules.subject(review), call)
            review["status"] = await access(review, user: nil)
        case "localsubjectaccessreviews":
            review[path: "metadata", "namespace"] = .string(call.info.namespace)
            try check(AccessReviewRules.local(review), call)
            review["status"] = await access(review, user: nil)
        case "selfsubjectaccessreviews":
            try check(AccessReviewRules.ofSelf(review), call)
            review["status"] = await access(review, user: call.user)
        case "selfsubjectrulesreviews":
            review["status"] = try rules(review, call)
        case "tokenreviews":
            review["status"] = try await token(review)
        case "selfsubjectreviews":
            review["status"] = ["userInfo": Self.value(of: call.user)]
        case _:
            throw .noSuchPage()
        }
        return .response(try .object(review, kind: call.resource.info.groupVersionKind, code: 201, as: call.type))
    }

    // MARK: Access

    private func check(_ errors: [FieldError], _ call: ResourceCall) throws(StatusError) {
        guard errors.isEmpty else { throw .invalid(call.resource.info.groupVersionKind, "", errors) }
    }

    /// - user: about whom; `nil` when the review says.
    private func access(_ review: Value, user: UserInfo?) async -> Value {
        let question = AccessQuestion(review["spec"] ?? .emptyObject, user: user)
        let decision = await authorizer.decide(question.attributes)
        var status: Value = ["allowed": .bool(decision.isAllowed)]
        if case .deny = decision { status["denied"] = true }
        if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
        if !question.problem.isEmpty { status["evaluationError"] = .string(question.problem) }
        return status
    }

    private func rules(_ review: Value, _ call: ResourceCall) throws(StatusError) -> Value {
        let namespace = review[path: "spec", "namespace"]?.stringValue ?? ""
        guard !namespace.isEmpty else { throw .badRequest("no namespace on request") }
        let rules = rbac.rules(of: call.user, in: namespace).map(\.value)
        return [
            "incomplete": .bool(hasUnlistedRules.current),
            "resourceRules": .array(rules.filter { $0["nonResourceURLs"] == nil }),
            "nonResourceRules": .array(rules.filter { $0["nonResourceURLs"] != nil }),
        ]
    }

    // MARK: Tokens

    private func token(_ review: Value) async throws(StatusError) -> Value {
        let text = review[path: "spec", "token"]?.stringValue ?? ""
        guard !text.isEmpty else { throw .badRequest("token is required for TokenReview in authentication") }
        let wanted = (review[path: "spec", "audiences"]?.arrayValue ?? []).compactMap(\.stringValue)
        let refused: Value = ["authenticated": false, "user": [:]]
        switch await tokens.ask(text, audiences: wanted.isEmpty ? nil : wanted) {
        case .foreign, .unasked:
            return refused
        case .rejected(let reason):
            var refused = refused
            refused["error"] = .string("invalid bearer token, \(reason)")
            return refused
        case .user(let user, let named):
            let own = named ?? audiences
            let common = wanted.isEmpty ? own : wanted.filter(own.contains)
            guard !common.isEmpty else { return refused }
            return [
                "authenticated": true, "user": Self.value(of: ClusterAuthenticator.known(user)),
                "audiences": .strings(common),
            ]
        }
    }

    private static func value(of user: UserInfo) -> Value {
        var value: Value = ["username": .string(user.name), "groups": .array(user.groups.map(Value.string))]
        if !user.uid.isEmpty { value["uid"] = .string(user.uid) }
        for (key, values) in user.extra { value[path: "extra", key] = .array(values.map(Value.string)) }
        return value
    }
}
