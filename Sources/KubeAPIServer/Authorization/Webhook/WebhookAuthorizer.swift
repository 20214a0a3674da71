internal import APIMachinery
internal import ClusterPKI
internal import Determinism
internal import Logging
internal import Synchronization

/// Asks another server what somebody may do. What it says is remembered for a while.
final class WebhookAuthorizer: Authorizer {
    static let cacheLimit = 8192
    /// Questions larger than this are not remembered.
    static let questionMax = 10_000
    static let attemptsMax = 5

    private struct Known: Sendable {
        let decision: Decision
        let until: Duration
    }

    private let settings: AuthorizationSettings.WebhookSettings
    private let webhook: ConfiguredWebhook
    private let backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(5), factor: 1.5, jitter: 0.2)
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let known = Mutex(BoundedCache<AuthorizationAttributes, Known>(limit: cacheLimit))

    init(
        _ settings: AuthorizationSettings.WebhookSettings, time: any Timekeeper, random: any RandomSource,
        logger: Logger
    ) {
        self.settings = settings
        webhook = ConfiguredWebhook(settings.kubeconfig)
        self.time = time
        self.random = random
        self.logger = logger
    }

    func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        let now = time.uptime
        if let known = known.withLock({ $0.find(attributes) }), now < known.until { return known.decision }
        switch settings.conditions.check(AccessReview.spec(attributes)) {
        case .matches: return .unasked
        case .doesNotMatch: return .noOpinion(reason: "")
        case .failed(let problem):
            logger.error(
                "the conditions of an authorizer fail",
                metadata: ["authorizer": "\(settings.name)", "error": "\(problem)"])
            return failure
        }
    }

    func decide(_ attributes: AuthorizationAttributes) async -> Decision {
        let decision = authorize(attributes)
        guard decision == .unasked else { return decision }
        let spec = AccessReview.spec(attributes)
        let question = AccessReview.request(spec, version: settings.version)
        guard let review = await post(question.json) else { return failure }
        let answer = AccessReview.decision(review)
        let lifetime = answer.isAllowed ? settings.authorizedLifetime : settings.unauthorizedLifetime
        if spec.json.count <= Self.questionMax {
            let until = time.uptime + lifetime
            known.withLock { $0.store(Known(decision: answer, until: until), for: attributes) }
        }
        return answer
    }

    private var failure: Decision { settings.deniesOnFailure ? .deny(reason: "") : .noOpinion(reason: "") }

    private func post(_ body: [UInt8]) async -> Value? {
        for attempt in 0..<Self.attemptsMax {
            do throws(WebhookCallError) {
                let answer = try await webhook.post(body, timeout: settings.timeout)
                // What is no JSON is no answer.
                return try? Value(json: answer)
            } catch {
                logger.error(
                    "an authorizer cannot be asked",
                    metadata: ["authorizer": "\(settings.name)", "error": "\(error.message)"])
            }
            guard attempt + 1 < Self.attemptsMax else { break }
            // Who is told to end does not try again.
            do { try await time.sleep(for: backoff.delay(attempt: attempt, random: random)) } catch { break }
        }
        return nil
    }
}
