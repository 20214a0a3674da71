internal import APIMachinery
internal import ClusterPKI

/// Requests that ask something and leave nothing: may somebody do that, whose token is this, who am I.
struct ReviewHandler: SubresourceHandler {
    let authorizer: UnionAuthorizer
    let rbac: RBACAuthorizer
    let tokens: ServiceAccountTokenVerifier
    let bindings: TokenBindings

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        guard call.info.verb == "create" else {
            throw .methodNotSupported(call.resource.info.groupResource, call.info.verb)
        }
        var review = try call.body()
        switch call.resource.info.plural {
        case "subjectaccessreviews", "localsubjectaccessreviews":
            review["status"] = try access(review, user: subject(review, call), call)
        case "selfsubjectaccessreviews":
            review["status"] = try access(review, user: call.user, call)
        case "selfsubjectrulesreviews":
            review["status"] = rules(review, call)
        case "tokenreviews":
            review["status"] = try token(review)
        case "selfsubjectreviews":
            review["status"] = ["userInfo": Self.value(of: call.user)]
        case _:
            throw .noSuchPage()
        }
        return .response(try .object(review, kind: call.resource.info.groupVersionKind, code: 201, as: call.type))
    }

    // MARK: Access

    private func subject(_ review: Value, _ call: ResourceCall) throws(StatusError) -> UserInfo {
        let spec = review["spec"]
        let name = spec?["user"]?.stringValue ?? ""
        let groups = (spec?["groups"]?.arrayValue ?? []).compactMap(\.stringValue)
        if name.isEmpty, groups.isEmpty {
            throw .invalid(
                call.resource.info.groupVersionKind, "",
                [.invalid("spec.user", "", "at least one of user or group must be specified")])
        }
        return UserInfo(name: name, uid: spec?["uid"]?.stringValue ?? "", groups: groups)
    }

    private func access(_ review: Value, user: UserInfo, _ call: ResourceCall) throws(StatusError) -> Value {
        let spec = review["spec"]
        let resource = spec?["resourceAttributes"]
        let path = spec?["nonResourceAttributes"]
        guard (resource == nil) != (path == nil) else {
            throw .invalid(
                call.resource.info.groupVersionKind, "",
                [
                    .invalid(
                        "spec.resourceAttributes", "",
                        "exactly one of nonResourceAttributes or resourceAttributes must be specified")
                ])
        }
        let attributes: AuthorizationAttributes
        if let resource {
            attributes = AuthorizationAttributes(
                user: user, verb: resource["verb"]?.stringValue ?? "", apiGroup: resource["group"]?.stringValue ?? "",
                apiVersion: resource["version"]?.stringValue ?? "", resource: resource["resource"]?.stringValue ?? "",
                subresource: resource["subresource"]?.stringValue ?? "",
                namespace: resource["namespace"]?.stringValue ?? "", name: resource["name"]?.stringValue ?? "")
        } else {
            attributes = AuthorizationAttributes(
                user: user, verb: path?["verb"]?.stringValue ?? "", path: path?["path"]?.stringValue ?? "")
        }
        let decision = authorizer.authorize(attributes)
        var status: Value = ["allowed": .bool(decision.isAllowed)]
        if case .deny = decision { status["denied"] = true }
        if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
        return status
    }

    private func rules(_ review: Value, _ call: ResourceCall) -> Value {
        let namespace = review[path: "spec", "namespace"]?.stringValue ?? ""
        let rules = rbac.rules(of: call.user, in: namespace).map(\.value)
        return [
            "incomplete": false,
            "resourceRules": .array(rules.filter { $0["nonResourceURLs"] == nil }),
            "nonResourceRules": .array(rules.filter { $0["nonResourceURLs"] != nil }),
        ]
    }

    // MARK: Tokens

    private func token(_ review: Value) throws(StatusError) -> Value {
        let text = review[path: "spec", "token"]?.stringValue ?? ""
        guard !text.isEmpty else { throw .badRequest("token is required for TokenReview in authentication") }
        let wanted = (review[path: "spec", "audiences"]?.arrayValue ?? []).compactMap(\.stringValue)
        switch tokens.verify(text, audiences: wanted.isEmpty ? nil : wanted) {
        case .failure(let rejection):
            return ["authenticated": false, "user": [:], "error": .string("invalid bearer token, \(rejection)")]
        case .success(let claims):
            guard bindings.stillHold(claims) else {
                return ["authenticated": false, "user": [:], "error": "invalid bearer token"]
            }
            let audiences = wanted.isEmpty ? claims.audiences : wanted.filter(claims.audiences.contains)
            return [
                "authenticated": true, "user": Self.value(of: ClusterAuthenticator.user(of: claims)),
                "audiences": .array(audiences.map(Value.string)),
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
