internal import Metrics

/// What is counted of auditing (`apiserver/pkg/audit`).
package final class AuditMetrics: Sendable {
    private static let levels = AuditLevel.allCases
    let events = Counter()
    /// Requests that were refused because they could not be written down.
    let refused = Counter()
    private let byLevel = Cells(levels.count)
    private let errors = Labelled { Counter() }

    package init() {}

    func judged(_ level: AuditLevel) { byLevel.add(1, at: Self.levels.firstIndex(of: level) ?? 0) }

    func lost(_ count: Int, by plugin: String) { errors[plugin].add(count) }

    func register(in registry: MetricsRegistry) {
        registry.add(
            MetricFamily(
                "apiserver_audit_event_total", .counter,
                "Counter of audit events generated and sent to the audit backend.")
        ) { [MetricSample([], self.events.value)] }
        registry.add(
            MetricFamily(
                "apiserver_audit_error_total", .counter,
                "Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by "
                    + "the error.", labels: ["plugin"])
        ) { self.errors.all.map { MetricSample($0, $1.value) } }
        registry.add(
            MetricFamily(
                "apiserver_audit_level_total", .counter,
                "Counter of policy levels for audit events (1 per request).", labels: ["level"])
        ) {
            Self.levels.enumerated().compactMap { place, level in
                self.byLevel[place] > 0 ? MetricSample([level.rawValue], self.byLevel[place]) : nil
            }
        }
        registry.add(
            MetricFamily(
                "apiserver_audit_requests_rejected_total", .counter,
                "Counter of apiserver requests rejected due to an error in audit logging backend.")
        ) { [MetricSample([], self.refused.value)] }
    }
}
