package import APIMachinery
package import ClusterPKI
internal import Crypto
package import Determinism
package import Logging
internal import Synchronization

/// Tokens that another server knows, asked by TokenReview. What it says is remembered for a while.
package final class WebhookTokens: TokenAuthenticator {
    package static let cacheLimit = 8192
    static let attemptsMax = 5
    static let timeout = Duration.seconds(30)

    private struct Key: Hashable {
        let hash: [UInt8]
        let audiences: [String]?
    }

    private struct Known: Sendable {
        let finding: TokenFinding
        let until: Duration
    }

    private let webhook: ConfiguredWebhook
    private let version: String
    private let lifetime: Duration
    /// The API's own, which a token must be for.
    private let audiences: [String]
    private let backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(5), factor: 1.5, jitter: 0.2)
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let known = Mutex(BoundedCache<Key, Known>(limit: cacheLimit))

    /// - version: of TokenReview, `v1` or `v1beta1`.
    package init(
        _ kubeconfig: Kubeconfig, version: String, lifetime: Duration, audiences: [String], time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        webhook = ConfiguredWebhook(kubeconfig)
        self.version = version
        self.lifetime = lifetime
        self.audiences = audiences
        self.time = time
        self.random = random
        self.logger = logger
    }

    package func recognize(_ token: String, audiences: [String]?) -> TokenFinding {
        let key = key(token, audiences)
        let now = time.uptime
        guard let known = known.withLock({ $0.find(key) }), now < known.until else { return .unasked }
        return known.finding
    }

    package func ask(_ token: String, audiences: [String]?) async -> TokenFinding {
        let known = recognize(token, audiences: audiences)
        guard known == .unasked else { return known }
        let review: Value = [
            "apiVersion": .string("authentication.k8s.io/\(version)"), "kind": "TokenReview", "metadata": [:],
            "spec": ["token": .string(token), "audiences": .strings(audiences ?? self.audiences)],
            "status": ["user": [:]],
        ]
        guard let answer = await post(review) else { return .rejected("the token webhook does not answer") }
        let finding = Self.finding(answer, asked: audiences ?? self.audiences)
        let until = time.uptime + lifetime
        self.known.withLock { $0.store(Known(finding: finding, until: until), for: key(token, audiences)) }
        return finding
    }

    private func key(_ token: String, _ audiences: [String]?) -> Key {
        Key(hash: Array(SHA256.hash(data: Array(token.utf8))), audiences: audiences)
    }

    private func post(_ review: Value) async -> Value? {
        for attempt in 0..<Self.attemptsMax {
            do throws(WebhookCallError) {
                let answer = try await webhook.post(review.json, timeout: Self.timeout)
                // What is no JSON is no answer.
                return try? Value(json: answer)
            } catch {
                logger.warning("the token webhook cannot be asked", metadata: ["error": "\(error.message)"])
            }
            guard attempt + 1 < Self.attemptsMax else { break }
            // Who is told to end does not try again.
            do { try await time.sleep(for: backoff.delay(attempt: attempt, random: random)) } catch { break }
        }
        return nil
    }

    /// What a TokenReview says.
    package static func finding(_ review: Value, asked: [String]) -> TokenFinding {
        let status = review["status"]
        guard status?["authenticated"] == true else {
            let error = status?["error"]?.stringValue ?? ""
            return error.isEmpty ? .foreign : .rejected(error)
        }
        let audiences = status?["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if !audiences.isEmpty, !audiences.contains(where: asked.contains) { return .foreign }
        let user = status?["user"] ?? .emptyObject
        var extra: [String: [String]] = [:]
        for field in user["extra"]?.objectValue ?? Fields() {
            extra[field.name] = field.value.arrayValue?.compactMap(\.stringValue) ?? []
        }
        let info = UserInfo(
            name: user.text("username"), uid: user.text("uid"), groups: user.texts("groups"), extra: extra)
        return .user(info, audiences: audiences.isEmpty ? nil : audiences)
    }
}
