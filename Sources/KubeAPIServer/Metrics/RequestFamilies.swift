internal import APIMachinery
internal import Metrics
internal import Synchronization

/// What is counted of requests, by upstream's names (`endpoints/metrics`).
package final class RequestFamilies: Sendable {
    private static let long: [Double] = [0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
    static let durations = HistogramLayout.seconds([0.005, 0.025, 0.05, 0.1, 0.2] + long)
    static let ownDurations = HistogramLayout.seconds([0.05, 0.1, 0.2] + long)
    static let sizes = HistogramLayout.whole(HistogramLayout.exponential(1000, 10, 7))
    static let eventSizes = HistogramLayout.whole(HistogramLayout.exponential(1024, 2, 8))

    /// Resources, each with its subresources, that have series; what comes beyond is counted nowhere.
    static let metersMax = 4096

    private struct Key: Hashable {
        let resource: GroupVersionResource
        let subresource: String
    }

    private struct State {
        var meters: [Key: RequestMeter] = [:]
        var watches: [GroupVersionResource: WatchMeter] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// For requests of a resource; kept when a custom resource changes.
    func meter(_ resource: GroupVersionResource, subresource: String = "") -> RequestMeter {
        state.withLock { state in
            let key = Key(resource: resource, subresource: subresource)
            if let known = state.meters[key] { return known }
            let meter = RequestMeter()
            if state.meters.count < Self.metersMax { state.meters[key] = meter }
            return meter
        }
    }

    /// For pages, which are told apart by their path.
    func meter(path: String) -> RequestMeter {
        meter(GroupVersionResource(group: "", version: "", resource: ""), subresource: path)
    }

    func watches(_ resource: GroupVersionResource) -> WatchMeter {
        state.withLock { state in
            if let known = state.watches[resource] { return known }
            let meter = WatchMeter()
            if state.watches.count < Self.metersMax { state.watches[resource] = meter }
            return meter
        }
    }

    // MARK: The page

    private static let labels = [
        "verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component",
    ]
    private static let labelsNotDry = labels.filter { $0 != "dry_run" }
    private static let where_ = "each verb, group, version, resource, subresource, scope and component"

    func register(in registry: MetricsRegistry) {
        registry.add(
            MetricFamily(
                "apiserver_request_total", .counter,
                "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, "
                    + "scope, component, and HTTP response code.",
                labels: Self.labels + ["code"], .stable)
        ) { self.codes() }
        registry.add(
            MetricFamily(
                "apiserver_request_duration_seconds", .histogram,
                "Response latency distribution in seconds for each verb, dry run value, group, version, resource, "
                    + "subresource, scope and component.",
                labels: Self.labels, .stable)
        ) { self.histograms(isDryRunTold: true) { $0.duration } }
        registry.add(
            MetricFamily(
                "apiserver_request_sli_duration_seconds", .histogram,
                "Response latency distribution (not counting webhook duration and priority & fairness queue wait "
                    + "times) in seconds for \(Self.where_).",
                labels: Self.labelsNotDry)
        ) { self.histograms { $0.ownDuration } }
        registry.add(
            MetricFamily(
                "apiserver_response_sizes", .histogram,
                "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and "
                    + "component.",
                labels: Self.labelsNotDry, .stable)
        ) { self.histograms { $0.size } }
        registry.add(
            MetricFamily(
                "apiserver_longrunning_requests", .gauge,
                "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, "
                    + "scope and component. Not all requests are tracked this way.",
                labels: Self.labelsNotDry, .stable)
        ) { self.longRunning() }
        registerWatches(in: registry)
    }

    private func registerWatches(in registry: MetricsRegistry) {
        let labels = ["group", "version", "resource"]
        @Sendable func name(_ resource: GroupVersionResource) -> [String] {
            [resource.group, resource.version, resource.resource]
        }
        registry.add(
            MetricFamily(
                "apiserver_watch_events_total", .counter, "Number of events sent in watch clients", labels: labels)
        ) {
            self.state.withLock { $0.watches }.map { MetricSample(name($0), $1.sizes.snapshot.count) }
        }
        registry.add(
            MetricFamily(
                "apiserver_watch_events_sizes", .histogram, "Watch event size distribution in bytes", labels: labels)
        ) {
            self.state.withLock { $0.watches }.map { MetricSample(name($0), $1.sizes.snapshot) }
        }
    }

    /// Every series with its labels: verb, dry run, group, version, resource, subresource, scope, component.
    private var all: [(labels: [String], verb: RequestMeter.Verb, series: RequestSeries)] {
        state.withLock { $0.meters }.flatMap { key, meter in
            meter.all.map { verb, scope, dryRun, series in
                let resource = key.resource
                let component = resource.resource.isEmpty ? "" : "apiserver"
                return (
                    [
                        verb.label, dryRun.label, resource.group, resource.version, resource.resource,
                        key.subresource, scope.label, component,
                    ], verb, series
                )
            }
        }
    }

    private func codes() -> [MetricSample] {
        all.flatMap { labels, _, series in
            RequestSeries.codes.enumerated().compactMap { place, code in
                let count = series.byCode[place]
                return count > 0 ? MetricSample(labels + [String(code)], count) : nil
            }
        }
    }

    private func histograms(
        isDryRunTold: Bool = false, _ choose: (RequestSeries) -> Histogram
    ) -> [MetricSample] {
        all.compactMap { labels, _, series in
            let snapshot = choose(series).snapshot
            guard snapshot.count > 0, isDryRunTold || labels[1].isEmpty else { return nil }
            return MetricSample(isDryRunTold ? labels : Self.notDry(labels), snapshot)
        }
    }

    private func longRunning() -> [MetricSample] {
        all.compactMap { labels, verb, series in
            guard verb.isLong, labels[1].isEmpty else { return nil }
            return MetricSample(Self.notDry(labels), series.underWay.value)
        }
    }

    private static func notDry(_ labels: [String]) -> [String] { [labels[0]] + labels.dropFirst(2) }
}

/// What the watches of one resource have sent.
package final class WatchMeter: Sendable {
    let sizes = Histogram(RequestFamilies.eventSizes)

    func sent(_ frames: ArraySlice<[UInt8]>) { for frame in frames { sizes.observe(frame.count) } }
}
