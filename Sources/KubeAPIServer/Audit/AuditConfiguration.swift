package import ClusterPKI
internal import Determinism
internal import Logging

/// What is written down, and where.
package struct AuditConfiguration: Sendable {
    /// What an answer waits for.
    package enum Mode: String, Sendable, CaseIterable {
        /// For nothing.
        case batch
        /// Until the event is written, or lost.
        case blocking
        /// The same; a request that cannot be written down is refused.
        case blockingStrict = "blocking-strict"
    }

    /// One place where events go.
    package struct Target: Sendable {
        package enum Place: Sendable {
            case log(any AuditOutput, AuditLog.Format)
            /// After the first failure it is tried again after `backoff`, and so on, a few times.
            case webhook(Kubeconfig, backoff: Duration)
        }

        package var place: Place
        package var mode: Mode
        package var queue: AuditQueue.Settings
        package var truncation: AuditTruncation?

        package init(
            _ place: Place, mode: Mode, queue: AuditQueue.Settings = .init(), truncation: AuditTruncation? = nil
        ) {
            self.place = place
            self.mode = mode
            self.queue = queue
            self.truncation = truncation
        }
    }

    package var policy: AuditPolicy
    package var targets: [Target]

    package init(policy: AuditPolicy, targets: [Target]) {
        self.policy = policy
        self.targets = targets
    }
}

extension AuditConfiguration.Target {
    func sink(
        time: any Timekeeper, random: any RandomSource, metrics: AuditMetrics, logger: Logger
    ) -> AuditSink {
        let settings = mode == .batch ? queue : .blocking(isStrict: mode == .blockingStrict)
        switch place {
        case .log(let output, let format):
            let log = AuditLog(output, format: format, truncation: truncation, metrics: metrics, logger: logger)
            guard mode == .batch else { return .log(log, isStrict: mode == .blockingStrict) }
            return .queue(AuditQueue(log, settings, time: time, metrics: metrics, logger: logger))
        case .webhook(let kubeconfig, let backoff):
            let webhook = AuditWebhook(
                ConfiguredWebhook(kubeconfig), backoff: backoff, truncation: truncation, time: time, random: random,
                metrics: metrics, logger: logger)
            return .queue(AuditQueue(webhook, settings, time: time, metrics: metrics, logger: logger))
        }
    }
}
