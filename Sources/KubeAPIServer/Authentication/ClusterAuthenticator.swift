package import APIMachinery
package import ClusterPKI

/// Client certificates, then service-account tokens, then nobody.
package struct ClusterAuthenticator: Authenticator {
    private let certificates: ClientCertificateVerifier
    private let tokens: ServiceAccountTokenVerifier
    private let bindings: @Sendable (ServiceAccountTokenClaims) -> Bool
    private let impersonation: @Sendable (UserInfo, RequestHeaders) throws(StatusError) -> UserInfo

    /// - bindings: whether the account (and the pod, node or secret that a token is bound to) still exists.
    /// - impersonation: the user that the headers ask to be, if that is allowed.
    package init(
        certificates: ClientCertificateVerifier, tokens: ServiceAccountTokenVerifier,
        bindings: @escaping @Sendable (ServiceAccountTokenClaims) -> Bool,
        impersonation: @escaping @Sendable (UserInfo, RequestHeaders) throws(StatusError) -> UserInfo
    ) {
        self.certificates = certificates
        self.tokens = tokens
        self.bindings = bindings
        self.impersonation = impersonation
    }

    package func authenticate(_ request: ServerRequest) throws(StatusError) -> UserInfo {
        let user = try identify(request.credentials)
        guard request.headers["impersonate-user"] != nil else { return user }
        return try impersonation(user, request.headers)
    }

    private func identify(_ credentials: Credentials) throws(StatusError) -> UserInfo {
        if !credentials.certificates.isEmpty,
            case .success(let identity) = certificates.verify(credentials.certificates)
        {
            return UserInfo(
                name: identity.userName, uid: identity.uid, groups: identity.groups + [UserGroup.authenticated],
                extra: ["authentication.kubernetes.io/credential-id": ["X509SHA256=" + identity.fingerprint]])
        }
        guard let token = credentials.bearerToken else { return .anonymous }
        guard case .success(let claims) = tokens.verify(token), bindings(claims) else { throw .unauthorized() }
        return Self.user(of: claims)
    }

    /// Upstream's name, groups and extra of a service account.
    package static func user(of claims: ServiceAccountTokenClaims) -> UserInfo {
        return UserInfo(
            name: "system:serviceaccount:\(claims.namespace):\(claims.serviceAccount.name)",
            uid: claims.serviceAccount.uid,
            groups: [
                UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(claims.namespace)",
                UserGroup.authenticated,
            ],
            extra: claims.extra)
    }
}
