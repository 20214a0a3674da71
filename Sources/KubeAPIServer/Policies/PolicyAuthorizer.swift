internal import CEL

/// Lets expressions ask the server's authorizer.
struct PolicyAuthorizer: CELAuthorizer {
    let authorizer: any Authorizer
    /// Who sent the request.
    let user: UserInfo

    func authorize(_ request: CELAuthorizationRequest) -> CELAuthorizationDecision {
        let user = request.serviceAccount.map(Self.serviceAccount) ?? user
        let attributes: AuthorizationAttributes
        if let path = request.path {
            attributes = AuthorizationAttributes(user: user, verb: request.verb, path: path)
        } else {
            attributes = AuthorizationAttributes(
                user: user, verb: request.verb, apiGroup: request.group, apiVersion: "*", resource: request.resource,
                subresource: request.subresource, namespace: request.namespace, name: request.name)
        }
        let decision = authorizer.authorize(attributes)
        return CELAuthorizationDecision(isAllowed: decision.isAllowed, reason: decision.reason)
    }

    /// `system:serviceaccount:namespace:name`
    private static func serviceAccount(_ name: String) -> UserInfo {
        let namespace = name.split(separator: ":").dropFirst(2).first.map(String.init) ?? ""
        return UserInfo(
            name: name, groups: [UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(namespace)"])
    }
}
