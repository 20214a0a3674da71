internal import APIMachinery
package import Determinism

/// Makes service-account tokens: JSON web tokens that name the account and what they are bound to.
package struct ServiceAccountTokenIssuer: Sendable {
    /// Who issues: the URL under which the discovery document can be found, or any agreed name.
    package let issuer: String
    private let key: TokenSigningKey
    private let time: any Timekeeper
    private let random: any RandomSource

    package init(issuer: String, key: TokenSigningKey, time: any Timekeeper, random: any RandomSource) {
        self.issuer = issuer
        self.key = key
        self.time = time
        self.random = random
    }

    /// A token and what it says. It is valid from now on.
    package func issue(
        to account: ServiceAccountName, uid: String, audiences: [String], lifetime: Duration,
        warnAfter: Duration? = nil, pod: ServiceAccountTokenClaims.Reference? = nil,
        node: ServiceAccountTokenClaims.Reference? = nil, secret: ServiceAccountTokenClaims.Reference? = nil
    ) throws -> (token: String, claims: ServiceAccountTokenClaims) {
        let now = Timestamp(seconds: time.now.seconds)
        let claims = ServiceAccountTokenClaims(
            issuer: issuer, audiences: audiences, namespace: account.namespace,
            serviceAccount: .init(name: account.name, uid: uid), pod: pod, node: node, secret: secret, issuedAt: now,
            notBefore: now, expiry: now + lifetime, warnAfter: warnAfter.map { now + $0 },
            tokenID: random.uuid())
        return (try sign(claims), claims)
    }

    private func sign(_ claims: ServiceAccountTokenClaims) throws -> String {
        let header: Value = [
            "alg": .string(key.verificationKey.algorithm), "kid": .string(key.verificationKey.id),
        ]
        let signed = Base64URL.encode(header.json) + "." + Base64URL.encode(claims.value.json)
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }
}

/// How long a requested token lives (upstream's `TokenREST`).
package struct TokenLifetimePlan: Sendable, Equatable {
    /// What every kubelet asks for: an hour and seven seconds. Clients of old libraries never read a token again,
    /// so these tokens secretly live for a year and the API server warns after the hour.
    package static let warnOnlyLifetime: Int64 = 3607
    package static let extendedLifetime: Int64 = 365 * 86_400

    package let lifetime: Duration
    package let warnAfter: Duration?
    /// What the answer's `expirationTimestamp` is told from.
    package let promised: Duration

    /// `maximum` limits what anybody may ask for; `nil` for no limit.
    package static func decide(
        requestedSeconds: Int64, isPodBound: Bool, isForAPIServer: Bool, maximum: Int64? = nil
    ) -> TokenLifetimePlan {
        let seconds = min(requestedSeconds, maximum ?? requestedSeconds)
        let isExtended = isPodBound && isForAPIServer && seconds == warnOnlyLifetime
        return TokenLifetimePlan(
            lifetime: .seconds(isExtended ? extendedLifetime : seconds),
            warnAfter: isExtended ? .seconds(seconds) : nil, promised: .seconds(seconds))
    }
}
