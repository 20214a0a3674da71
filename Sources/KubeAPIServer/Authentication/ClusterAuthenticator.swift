package import APIMachinery
package import ClusterPKI
package import Determinism

/// What a front proxy says, client certificates, then tokens, then nobody.
package struct ClusterAuthenticator: Authenticator {
    private let frontProxy: RequestHeaderAuthenticator?
    private let certificates: ClientCertificateVerifier
    private let tokens: any TokenAuthenticator
    private let anonymous: Replaceable<AnonymousAccess>
    private let metrics: LettingInMetrics
    private let time: any Timekeeper

    /// - frontProxy: `nil` believes no front proxy.
    package init(
        frontProxy: RequestHeaderAuthenticator?, certificates: ClientCertificateVerifier,
        tokens: any TokenAuthenticator, anonymous: Replaceable<AnonymousAccess>,
        metrics: LettingInMetrics, time: any Timekeeper
    ) {
        self.frontProxy = frontProxy
        self.certificates = certificates
        self.tokens = tokens
        self.anonymous = anonymous
        self.metrics = metrics
        self.time = time
    }

    package func authenticateNow(_ request: ServerRequest) throws(StatusError) -> UserInfo? {
        if let user = frontProxy?.identify(request) { return user }
        if let user = user(of: request.credentials.peer) { return user }
        guard let token = request.credentials.bearerToken else { return try anybody(request) }
        return try Self.user(tokens.recognize(token, audiences: nil))
    }

    package func authenticate(_ request: ServerRequest) async throws(StatusError) -> UserInfo {
        if let user = try authenticateNow(request) { return user }
        guard let token = request.credentials.bearerToken,
            let user = try Self.user(await tokens.ask(token, audiences: nil))
        else { throw .unauthorized() }
        return user
    }

    private func anybody(_ request: ServerRequest) throws(StatusError) -> UserInfo {
        // Who shows something that nobody knows is not nobody.
        guard request.credentials.peer.chain.isEmpty, anonymous.current.includes(request.path) else {
            throw .unauthorized()
        }
        return .anonymous
    }

    /// `nil` when somebody has to be asked.
    private static func user(_ finding: TokenFinding) throws(StatusError) -> UserInfo? {
        switch finding {
        case .user(let user, _): return known(user)
        case .foreign, .rejected: throw .unauthorized()
        case .unasked: return nil
        }
    }

    /// Who is somebody is one of all who are.
    package static func known(_ user: UserInfo) -> UserInfo {
        let groups = [UserGroup.authenticated, UserGroup.unauthenticated]
        guard user.name != UserInfo.anonymous.name, !user.groups.contains(where: groups.contains) else { return user }
        var user = user
        user.groups.append(UserGroup.authenticated)
        return user
    }

    /// Who the certificates of a connection name; asked of the verifier once for as long as they are valid.
    private func user(of peer: PeerCertificates) -> UserInfo? {
        let now = time.now
        if let (user, until) = peer.user(at: now) {
            metrics.recognized(byCertificateUntil: until, now)
            return user
        }
        let chain = peer.chain
        guard !chain.isEmpty, case .success(let client) = certificates.verifySpan(chain) else { return nil }
        let identity = client.identity
        let user = UserInfo(
            name: identity.userName, uid: identity.uid, groups: identity.groups + [UserGroup.authenticated],
            extra: ["authentication.kubernetes.io/credential-id": [identity.credentialID]])
        peer.remember(user, from: client.from, until: client.until)
        metrics.recognized(byCertificateUntil: client.until, now)
        return user
    }
}

/// Whether somebody without credentials is let in as nobody, and to which paths.
package struct AnonymousAccess: Sendable, Equatable {
    package var isEnabled: Bool
    /// `nil`: everywhere.
    package var paths: Set<String>?

    package init(isEnabled: Bool = true, paths: Set<String>? = nil) {
        self.isEnabled = isEnabled
        self.paths = paths
    }

    func includes(_ path: String) -> Bool { isEnabled && (paths?.contains(path) ?? true) }
}
