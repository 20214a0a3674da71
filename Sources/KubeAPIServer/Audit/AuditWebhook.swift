internal import Determinism
internal import Logging

/// Posts events to another server, and tries again when that fails.
final class AuditWebhook: AuditBackend {
    static let attemptsMax = 5
    static let timeout = Duration.seconds(30)

    let name = "webhook"
    private let webhook: ConfiguredWebhook
    private let backoff: Backoff
    private let truncation: AuditTruncation?
    private let time: any Timekeeper
    private let random: any RandomSource
    private let metrics: AuditMetrics
    private let logger: Logger

    init(
        _ webhook: ConfiguredWebhook, backoff: Duration, truncation: AuditTruncation?, time: any Timekeeper,
        random: any RandomSource, metrics: AuditMetrics, logger: Logger
    ) {
        self.metrics = metrics
        self.webhook = webhook
        self.backoff = Backoff(initial: backoff, maximum: backoff * 10, factor: 1.5, jitter: 0.2)
        self.truncation = truncation
        self.time = time
        self.random = random
        self.logger = logger
    }

    func deliver(_ events: [AuditEvent]) async -> Bool {
        let (batches, lost) = truncation?.batches(events) ?? ([events], 0)
        if lost > 0 {
            metrics.lost(lost, by: name)
            logger.error(
                "audit events are too large even after truncating",
                metadata: ["plugin": "\(name)", "lost": "\(lost)"])
        }
        var hasArrived = lost == 0
        for batch in batches { hasArrived = await post(batch) && hasArrived }
        return hasArrived
    }

    private func post(_ events: [AuditEvent]) async -> Bool {
        let body = AuditEvent.list(events)
        for attempt in 0..<Self.attemptsMax {
            do throws(WebhookCallError) {
                _ = try await webhook.post(body, timeout: Self.timeout)
                return true
            } catch {
                logger.error(
                    "audit events cannot be sent",
                    metadata: ["plugin": "\(name)", "events": "\(events.count)", "error": "\(error.message)"])
            }
            guard attempt + 1 < Self.attemptsMax else { break }
            // Who is told to end does not try again.
            do { try await time.sleep(for: backoff.delay(attempt: attempt, random: random)) } catch { break }
        }
        metrics.lost(events.count, by: name)
        return false
    }
}
