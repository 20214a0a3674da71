internal import ClusterPKI

/// Tokens that this server issued for service accounts, as long as what they are bound to is there.
struct ServiceAccountTokens: TokenAuthenticator {
    let verifier: ServiceAccountTokenVerifier
    let bindings: TokenBindings

    func recognize(_ token: String, audiences: [String]?) -> TokenFinding {
        switch verifier.verify(token, audiences: audiences) {
        case .failure(let rejection):
            return rejection.isForeign ? .foreign : .rejected(rejection.reason)
        case .success(let claims):
            guard bindings.stillHold(claims) else { return .rejected("the token's account or object is gone") }
            return .user(Self.user(of: claims), audiences: claims.audiences)
        }
    }

    /// Upstream's name, groups and extra of a service account.
    static func user(of claims: ServiceAccountTokenClaims) -> UserInfo {
        UserInfo(
            name: "system:serviceaccount:\(claims.namespace):\(claims.serviceAccount.name)",
            uid: claims.serviceAccount.uid,
            groups: [UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(claims.namespace)"],
            extra: claims.extra)
    }
}
