internal import APIMachinery
internal import ClusterPKI
package import Determinism
package import Logging

/// The tokens of one issuer: signature, time, audience, and who its claims say it is.
package final class IssuedTokens: TokenAuthenticator {
    /// How much the issuer's clock may be ahead.
    static let leeway = Duration.seconds(300)

    private let issuer: TokenIssuer
    private let keys: IssuerKeys
    private let time: any Timekeeper
    private let logger: Logger

    package init(_ issuer: TokenIssuer, keys: IssuerKeys, time: any Timekeeper, logger: Logger) {
        self.issuer = issuer
        self.keys = keys
        self.time = time
        self.logger = logger
    }

    package func recognize(_ text: String, audiences: [String]?) -> TokenFinding {
        guard let token = token(text) else { return .foreign }
        guard let known = keys.current else { return rejected(ClaimError("authenticator not initialized")) }
        do throws(ClaimError) {
            try check(token)
            guard known.verifies(token) else { return .unasked }
            return .user(try issuer.user(token.claims), audiences: nil)
        } catch { return rejected(error) }
    }

    package func ask(_ text: String, audiences: [String]?) async -> TokenFinding {
        let finding = recognize(text, audiences: audiences)
        guard finding == .unasked else { return finding }
        // The key may be newer than those that we know.
        await keys.refresh()
        let second = recognize(text, audiences: audiences)
        guard second == .unasked else { return second }
        return rejected(ClaimError("verify token: failed to verify signature: failed to verify id token signature"))
    }

    /// Whether the issuer's keys are known.
    var isReady: Bool { keys.current != nil }

    /// Asks for the issuer's keys once.
    func refresh() async { await keys.refresh() }

    /// Asks for the issuer's keys until it has them; returns when cancelled or done.
    package func run() async { await keys.run() }

    private func token(_ text: String) -> JSONWebToken? {
        guard let token = JSONWebToken(text) else { return nil }
        let named = token.claims["iss"]?.stringValue
        return (named == "accounts.google.com" ? "https://accounts.google.com" : named) == issuer.url ? token : nil
    }

    /// Everything that needs no key.
    private func check(_ token: JSONWebToken) throws(ClaimError) {
        guard issuer.algorithms.contains(token.algorithm) else {
            throw ClaimError(
                "verify token: oidc: id token signed with unsupported algorithm, expected "
                    + "\(issuer.algorithms.sorted()) got \"\(token.algorithm)\"")
        }
        let audiences: [String] =
            switch token.claims["aud"] {
            case .string(let one): [one]
            case .array(let several): several.compactMap(\.stringValue)
            case _: []
            }
        guard audiences.contains(where: issuer.audiences.contains) else {
            throw ClaimError("verify token: oidc: expected audience in \(issuer.audiences) got \(audiences)")
        }
        let now = time.now
        guard let expiry = Self.time(token.claims["exp"]), now < expiry else {
            throw ClaimError("verify token: oidc: token is expired")
        }
        if let start = Self.time(token.claims["nbf"]), now.advanced(by: Self.leeway) < start {
            throw ClaimError("verify token: oidc: current time is before the nbf (not before) time")
        }
    }

    private static func time(_ value: Value?) -> Timestamp? {
        guard let seconds = value?.doubleValue ?? value?.integerValue.map(Double.init), seconds >= 0,
            seconds < 9_000_000_000
        else { return nil }
        return Timestamp(seconds: Int64(seconds))
    }

    private func rejected(_ error: ClaimError) -> TokenFinding {
        logger.debug("a token is refused", metadata: ["issuer": "\(issuer.url)", "error": "\(error.message)"])
        return .rejected(error.message)
    }
}
