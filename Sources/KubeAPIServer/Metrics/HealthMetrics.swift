internal import APIClient
internal import APIMachinery
internal import Metrics

/// How often the health of what was good, and whether it is: the page `/metrics/slis`.
package final class HealthMetrics: Sendable {
    private let registry = MetricsRegistry()
    private let current: Labelled<Counter>
    private let totals: Labelled<Counter>

    init() {
        current = Labelled { Counter() }
        let current = current
        registry.add(
            MetricFamily(
                "kubernetes_healthcheck", .gauge,
                "This metric records the result of a single healthcheck.", labels: ["name", "type"], .stable)
        ) { current.all.map { MetricSample($0, $1.value) } }
        totals = registry.counters(
            MetricFamily(
                "kubernetes_healthchecks_total", .counter, "This metric records the results of all healthcheck.",
                labels: ["name", "type", "status"], .stable))
    }

    func observe(_ name: String, _ page: HealthPages.Page, isGood: Bool) {
        current[name, page.rawValue].set(isGood ? 1 : 0)
        totals[name, page.rawValue, isGood ? "success" : "error"].add()
    }

    var page: MetricsPage { registry.page }
}
