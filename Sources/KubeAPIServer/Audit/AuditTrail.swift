internal import APIMachinery
package import Determinism
package import Logging
internal import Metrics

/// Decides which requests are written down, and passes on what is noted of them.
package final class AuditTrail: Sendable {
    let policy: AuditPolicy
    let time: any Timekeeper
    let random: any RandomSource
    let metrics: AuditMetrics
    private let sinks: [AuditSink]

    package init(
        _ configuration: AuditConfiguration, time: any Timekeeper, random: any RandomSource,
        metrics: AuditMetrics = AuditMetrics(), logger: Logger
    ) {
        self.metrics = metrics
        policy = configuration.policy
        self.time = time
        self.random = random
        sinks = configuration.targets.map { $0.sink(time: time, random: random, metrics: metrics, logger: logger) }
    }

    /// `nil` for a request that is not written down.
    func record(_ request: ServerRequest, _ attributes: AuthorizationAttributes, id: String) -> AuditRecord? {
        let verdict = policy.verdict(on: attributes)
        metrics.judged(verdict.level)
        guard verdict.level != .none else { return nil }
        return AuditRecord(request, attributes, id: id, verdict: verdict, trail: self)
    }

    /// False when an event was not taken by somebody who must take it.
    func process(_ event: AuditEvent) -> Bool {
        metrics.events.add()
        return sinks.reduce(true) { $1.take(event) && $0 }
    }

    /// True when an answer has to wait for somebody far away to have taken the events.
    var isAwaited: Bool { sinks.contains { $0.isAwaited } }

    /// Waits for those who must have taken the events before the request goes on; false when one of them did not
    /// and that is a reason to refuse the request.
    func settle() async -> Bool {
        var isSettled = true
        for sink in sinks where sink.isAwaited { isSettled = await sink.settle() && isSettled }
        return isSettled
    }

    /// Sends what waits, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for sink in sinks { group.addTask { await sink.run() } }
        }
    }
}

/// One place where events go, and how much it matters that they arrive.
enum AuditSink: Sendable {
    /// Written before the request goes on; `isStrict`: a request that cannot be written down is refused.
    case log(AuditLog, isStrict: Bool)
    case queue(AuditQueue)

    fileprivate func take(_ event: AuditEvent) -> Bool {
        switch self {
        case .log(let log, let isStrict): log.write(event) || !isStrict
        case .queue(let queue): queue.add(event)
        }
    }

    fileprivate var isAwaited: Bool {
        if case .queue(let queue) = self { queue.settings.isAwaited } else { false }
    }

    fileprivate func settle() async -> Bool {
        if case .queue(let queue) = self { await queue.settle() } else { true }
    }

    fileprivate func run() async {
        if case .queue(let queue) = self { await queue.run() }
    }
}

/// Somebody who takes events that have waited in a queue.
package protocol AuditBackend: Sendable {
    /// `log` or `webhook`, as upstream names its plugins.
    var name: String { get }

    /// False when the events are lost; the backend has logged why.
    func deliver(_ events: [AuditEvent]) async -> Bool
}

/// Events larger than somebody takes lose their objects, and if that does not help they are not sent.
package struct AuditTruncation: Sendable, Equatable {
    /// Bytes of the largest event.
    package var eventMax: Int
    /// Bytes of what is sent at once.
    package var batchMax: Int

    package init(eventMax: Int = 100 * 1024, batchMax: Int = 10 * 1024 * 1024) {
        self.eventMax = eventMax
        self.batchMax = batchMax
    }

    /// The events as they may be sent, in batches.
    package func batches(_ events: [AuditEvent]) -> (batches: [[AuditEvent]], lost: Int) {
        var batches: [[AuditEvent]] = []
        var size = 0
        var lost = 0
        for event in events {
            guard let (event, length) = fitting(event) else {
                lost += 1
                continue
            }
            if batches.isEmpty || size + length > batchMax {
                batches.append([])
                size = 0
            }
            size += length
            batches[batches.count - 1].append(event)
        }
        return (batches, lost)
    }

    private func fitting(_ event: AuditEvent) -> (AuditEvent, Int)? {
        var event = event
        var length = event.json.count
        if length > eventMax, event.level >= .request {
            event = event.truncated
            length = event.json.count
        }
        return length > eventMax ? nil : (event, length)
    }
}
