internal import APIMachinery
internal import Crypto
package import Determinism
internal import Synchronization

/// Why a bearer token is not believed.
package struct TokenRejection: Error, Sendable, Equatable {
    /// Not a token of ours at all: somebody else may know it.
    package let isForeign: Bool
    package let reason: String

    static func foreign(_ reason: String) -> TokenRejection { TokenRejection(isForeign: true, reason: reason) }
    static func invalid(_ reason: String) -> TokenRejection { TokenRejection(isForeign: false, reason: reason) }
}

/// Checks service-account tokens: signature, issuer, audience, time. Whether the account and the objects that the
/// token is bound to still exist is for the API server to say.
///
/// What a good token says is remembered by the token's hash; only its time is checked again.
package final class ServiceAccountTokenVerifier: Sendable {
    /// Tokens that are remembered at a time.
    package static let cacheLimit = 8192
    /// The largest token that is looked at.
    package static let tokenSizeMax = 64 << 10

    private let issuers: Set<String>
    private let keys: [TokenVerificationKey]
    private let audiences: [String]
    private let time: any Timekeeper
    private let cache = Mutex(BoundedCache<[UInt8], ServiceAccountTokenClaims>(limit: cacheLimit))

    /// `audiences` are the API server's own: a token must name one of them.
    package init(issuers: [String], keys: [TokenVerificationKey], audiences: [String], time: any Timekeeper) {
        self.issuers = Set(issuers)
        self.keys = keys
        self.audiences = audiences
        self.time = time
    }

    /// What a valid token says. `wanted` replaces the API server's own audiences, as a TokenReview may ask.
    package func verify(
        _ token: String, audiences wanted: [String]? = nil
    ) -> Result<ServiceAccountTokenClaims, TokenRejection> {
        guard token.utf8.count <= Self.tokenSizeMax else { return .failure(.foreign("the token is too long")) }
        let hash = Array(SHA256.hash(data: Array(token.utf8)))
        do throws(TokenRejection) {
            let claims: ServiceAccountTokenClaims
            if let known = cache.withLock({ $0.find(hash) }) {
                claims = known
            } else {
                claims = try read(token)
                cache.withLock { $0.store(claims, for: hash) }
            }
            try check(claims, audiences: wanted ?? audiences)
            return .success(claims)
        } catch {
            return .failure(error)
        }
    }

    /// Everything about a token that does not depend on when and for whom it is shown.
    private func read(_ token: String) throws(TokenRejection) -> ServiceAccountTokenClaims {
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = json(parts[0]), let payload = json(parts[1]),
            let signature = Base64URL.decode(parts[2]), let algorithm = header["alg"]?.stringValue
        else { throw .foreign("no JSON web token") }
        // Cheap and first, so that tokens of other issuers cost no signature check.
        guard let issuer = payload["iss"]?.stringValue, issuers.contains(issuer) else {
            throw .foreign("the token was issued by somebody else")
        }
        let signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        guard isSigned(signed, signature, algorithm: algorithm, keyID: header["kid"]?.stringValue) else {
            throw .invalid("the token's signature does not match any known key")
        }
        guard let claims = ServiceAccountTokenClaims(payload) else {
            throw .invalid("the token lacks claims of a service account")
        }
        return claims
    }

    /// Tries the key that the token names, or all when it names none that we know.
    private func isSigned(_ bytes: [UInt8], _ signature: [UInt8], algorithm: String, keyID: String?) -> Bool {
        let named = keys.filter { $0.id == keyID }
        return (named.isEmpty ? keys : named).contains {
            $0.algorithm == algorithm && $0.isValid(signature, for: bytes)
        }
    }

    private func check(_ claims: ServiceAccountTokenClaims, audiences: [String]) throws(TokenRejection) {
        let now = time.now
        guard now < claims.expiry else { throw .invalid("service account token has expired") }
        guard now >= claims.notBefore else { throw .invalid("service account token is not valid yet") }
        guard claims.audiences.contains(where: audiences.contains) else {
            throw .invalid("token audiences \(claims.audiences) is invalid for the target audiences \(audiences)")
        }
    }

    private func json(_ part: Substring.UTF8View) -> Value? {
        // What cannot be read is no token of ours; why does not matter to anybody.
        Base64URL.decode(part).flatMap { try? Value(json: $0) }
    }
}
