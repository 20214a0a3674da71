package import APIMachinery
package import ClusterPKI
package import Determinism

/// What a front proxy says, client certificates, then service-account tokens, then nobody.
package struct ClusterAuthenticator: Authenticator {
    private let frontProxy: RequestHeaderAuthenticator?
    private let certificates: ClientCertificateVerifier
    private let tokens: ServiceAccountTokenVerifier
    private let bindings: @Sendable (ServiceAccountTokenClaims) -> Bool
    private let impersonation: @Sendable (UserInfo, RequestHeaders) throws(StatusError) -> UserInfo
    private let time: any Timekeeper

    /// - frontProxy: `nil` believes no front proxy.
    /// - bindings: whether the account (and the pod, node or secret that a token is bound to) still exists.
    /// - impersonation: the user that the headers ask to be, if that is allowed.
    package init(
        frontProxy: RequestHeaderAuthenticator? = nil, certificates: ClientCertificateVerifier,
        tokens: ServiceAccountTokenVerifier,
        bindings: @escaping @Sendable (ServiceAccountTokenClaims) -> Bool,
        impersonation: @escaping @Sendable (UserInfo, RequestHeaders) throws(StatusError) -> UserInfo,
        time: any Timekeeper
    ) {
        self.frontProxy = frontProxy
        self.certificates = certificates
        self.tokens = tokens
        self.bindings = bindings
        self.impersonation = impersonation
        self.time = time
    }

    package func authenticate(_ request: ServerRequest) throws(StatusError) -> UserInfo {
        let user = try identify(request)
        guard request.headers["impersonate-user"] != nil else { return user }
        return try impersonation(user, request.headers)
    }

    private func identify(_ request: ServerRequest) throws(StatusError) -> UserInfo {
        if let user = frontProxy?.identify(request) { return user }
        let credentials = request.credentials
        if let user = user(of: credentials.peer) { return user }
        guard let token = credentials.bearerToken else {
            // Who shows something that nobody knows is not nobody.
            guard credentials.peer.chain.isEmpty else { throw .unauthorized() }
            return .anonymous
        }
        guard case .success(let claims) = tokens.verify(token), bindings(claims) else { throw .unauthorized() }
        return Self.user(of: claims)
    }

    /// Who the certificates of a connection name; asked of the verifier once for as long as they are valid.
    private func user(of peer: PeerCertificates) -> UserInfo? {
        if let user = peer.user(at: time.now) { return user }
        let chain = peer.chain
        guard !chain.isEmpty, case .success(let client) = certificates.verifySpan(chain) else { return nil }
        let identity = client.identity
        let user = UserInfo(
            name: identity.userName, uid: identity.uid, groups: identity.groups + [UserGroup.authenticated],
            extra: ["authentication.kubernetes.io/credential-id": [identity.credentialID]])
        peer.remember(user, from: client.from, until: client.until)
        return user
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
