internal import APIClient
internal import APIMachinery
internal import APIRegistry
internal import Determinism
package import Metrics

/// What the server counts, and the page that tells it.
package final class ServerMetrics: Sendable {
    package let registry = MetricsRegistry()
    let requests = RequestFamilies()
    let lettingIn = LettingInMetrics()
    let audit = AuditMetrics()
    let store = StoreMetrics()
    /// Kinds that are on their way out and were asked for all the same.
    private let deprecated: Labelled<Counter>

    package init() {
        deprecated = registry.counters(
            MetricFamily(
                "apiserver_requested_deprecated_apis", .gauge,
                "Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, "
                    + "subresource, and removed_release.",
                labels: ["group", "version", "resource", "subresource", "removed_release"], .stable))
        requests.register(in: registry)
        lettingIn.register(in: registry)
        audit.register(in: registry)
        store.register(in: registry)
    }

    func deprecatedWasAsked(_ info: RequestInfo) {
        deprecated[info.group, info.version, info.resource, info.subresource, ""].set(1)
    }

    /// What others know, asked for when the page is written.
    func follow(_ catalog: ResourceCatalog, _ state: ClusterState) {
        let labels = ["group", "resource"]
        registry.add(
            MetricFamily(
                "apiserver_storage_objects", .gauge,
                "[DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time "
                    + "of last check split by kind. In case of a fetching error, the value will be -1.",
                labels: ["resource"], .stable, deprecatedSince: "1.34.0")
        ) { Self.caches(catalog).map { MetricSample([$0.resource.description], $0.count) } }
        registry.add(
            MetricFamily(
                "apiserver_resource_objects", .gauge,
                "Number of stored objects at the time of last check split by kind. In case of a fetching error, the "
                    + "value will be -1.", labels: labels)
        ) { Self.caches(catalog).map { MetricSample([$0.resource.group, $0.resource.resource], $0.count) } }
        registry.add(
            MetricFamily(
                "apiserver_watch_cache_capacity", .gauge,
                "Total capacity of watch cache broken by resource type.", labels: labels)
        ) {
            Self.caches(catalog).map {
                MetricSample([$0.resource.group, $0.resource.resource], ResourceCache.historyMax)
            }
        }
        registry.add(
            MetricFamily(
                "apiserver_watch_cache_resource_version", .gauge,
                "Current resource version of watch cache broken by resource type. This is truncated to the 15 least "
                    + "significant digits.", labels: labels)
        ) {
            Self.caches(catalog).map {
                MetricSample([$0.resource.group, $0.resource.resource], Int($0.lastChange % 1_000_000_000_000_000))
            }
        }
    }

    func follow(_ services: APIServiceIndex) {
        registry.add(
            MetricFamily(
                "aggregator_unavailable_apiservice", .gauge,
                "Gauge of APIServices which are marked as unavailable broken down by APIService name.",
                labels: ["name"])
        ) { services.all.map { MetricSample([$0.name], $0.isAvailable ? 0 : 1) } }
    }

    /// One of each stored resource, whatever its versions.
    private static func caches(_ catalog: ResourceCatalog) -> [ResourceCache] {
        var seen: Set<GroupResource> = []
        return catalog.all.filter { $0.info.storageVersion != nil }.map(\.store.cache)
            .filter { seen.insert($0.resource).inserted }
    }

    func tellBuild(_ version: Value) {
        let names = [
            "build_date", "compiler", "git_commit", "git_tree_state", "git_version", "go_version", "major", "minor",
            "platform",
        ]
        let fields = [
            "buildDate", "compiler", "gitCommit", "gitTreeState", "gitVersion", "goVersion", "major", "minor",
            "platform",
        ]
        let values = fields.map { version[$0]?.stringValue ?? "" }
        registry.add(
            MetricFamily(
                "kubernetes_build_info", .gauge,
                "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, "
                    + "build date, Go version, and compiler from which Kubernetes was built, and platform on which it "
                    + "is running.", labels: names)
        ) { [MetricSample(values, 1)] }
    }
}

/// `/metrics` and `/metrics/slis`.
struct MetricsPages: PageHandler {
    let metrics: ServerMetrics
    let health: HealthMetrics

    func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.method == .get || request.method == .head else { return nil }
        let page: MetricsPage
        switch request.path {
        case "/metrics": page = metrics.registry.page
        case "/metrics/slis": page = health.page
        case _: return nil
        }
        return .response(ServerResponse(200, contentType: MetricsPage.contentType, body: [Array(page.text.utf8)]))
    }
}
