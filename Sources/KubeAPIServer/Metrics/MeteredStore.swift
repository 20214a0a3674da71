internal import APIMachinery
internal import Determinism
internal import KeyValueStore
internal import Metrics
internal import Synchronization

/// How long a store takes, by upstream's names, which are etcd's whatever the store.
final class StoreMetrics: Sendable {
    enum Operation: Int, CaseIterable, Sendable { case get, list, create, update, delete }

    private static let layout = RequestFamilies.durations
    static let resourcesMax = 4096

    private final class Series: Sendable {
        let durations = Operation.allCases.map { _ in Histogram(StoreMetrics.layout) }
        let errors = Cells(Operation.allCases.count)
    }

    /// By `GROUP/RESOURCE` of the key.
    private let state = Mutex<[Substring: Series]>([:])

    func observe(_ operation: Operation, _ key: String, _ took: Duration, hasFailed: Bool) {
        guard let series = series(key) else { return }
        series.durations[operation.rawValue].observe(took)
        if hasFailed { series.errors.add(1, at: operation.rawValue) }
    }

    /// `nil` for what belongs to no resource, such as a list of everything.
    private func series(_ key: String) -> Series? {
        // `/registry/GROUP/RESOURCE/...`
        let rest = key.utf8.dropFirst().drop { $0 != UInt8(ascii: "/") }.dropFirst()
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let end = rest[rest.index(after: slash)...].firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let name = key[rest.startIndex..<end]
        return state.withLock { state in
            if let known = state[name] { return known }
            let series = Series()
            if state.count < Self.resourcesMax { state[Substring(String(name))] = series }
            return series
        }
    }

    private func samples(_ make: (Series, Operation) -> MetricSample.Value?) -> [MetricSample] {
        state.withLock { $0 }.flatMap { name, series in
            let parts = name.split(separator: "/").map(String.init)
            return Operation.allCases.compactMap { operation in
                let labels = [String(describing: operation), parts[0] == "core" ? "" : parts[0], parts[1]]
                return make(series, operation).map { MetricSample(labels, $0) }
            }
        }
    }

    func register(in registry: MetricsRegistry) {
        let labels = ["operation", "group", "resource"]
        @Sendable func snapshot(_ series: Series, _ operation: Operation) -> HistogramSnapshot? {
            let snapshot = series.durations[operation.rawValue].snapshot
            return snapshot.count > 0 ? snapshot : nil
        }
        registry.add(
            MetricFamily(
                "etcd_request_duration_seconds", .histogram,
                "Etcd request latency in seconds for each operation and object type.", labels: labels)
        ) { self.samples { snapshot($0, $1).map { .histogram($0) } } }
        registry.add(
            MetricFamily(
                "etcd_requests_total", .counter, "Etcd request counts for each operation and object type.",
                labels: labels)
        ) { self.samples { snapshot($0, $1).map { .number(Double($0.count)) } } }
        registry.add(
            MetricFamily(
                "etcd_request_errors_total", .counter,
                "Etcd failed request counts for each operation and object type.", labels: labels)
        ) {
            self.samples { series, operation in
                let count = series.errors[operation.rawValue]
                return count > 0 ? .number(Double(count)) : nil
            }
        }
    }
}

/// A store whose answers are timed.
struct MeteredStore: RevisionedStore {
    let store: any RevisionedStore
    let metrics: StoreMetrics
    let time: any Timekeeper

    private func timed<Result>(
        _ operation: StoreMetrics.Operation, _ key: String, _ body: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let begun = time.uptime
        let span = TraceSpan.current?.child(Self.name(operation))
        do throws(StoreError) {
            let result = try await body()
            metrics.observe(operation, key, time.uptime - begun, hasFailed: false)
            span?.end([("key", .text(key))])
            return result
        } catch {
            metrics.observe(operation, key, time.uptime - begun, hasFailed: true)
            span?.end([("key", .text(key))], problem: "\(error)")
            throw error
        }
    }

    /// Upstream's names of spans, whatever the store.
    private static func name(_ operation: StoreMetrics.Operation) -> String {
        switch operation {
        case .get: "Get etcd3"
        case .list: "List(recursive=true) etcd3"
        case .create: "Create etcd3"
        case .update: "GuaranteedUpdate etcd3"
        case .delete: "Delete etcd3"
        }
    }

    func currentRevision() async throws(StoreError) -> Revision { try await store.currentRevision() }

    func get(_ key: String, at revision: Revision?) async throws(StoreError) -> Entry? {
        try await timed(.get, key) { () async throws(StoreError) in try await store.get(key, at: revision) }
    }

    func list(_ prefix: String, at revision: Revision?, limit: Int, after: String?) async throws(StoreError) -> Page {
        try await timed(.list, prefix) { () async throws(StoreError) in
            try await store.list(prefix, at: revision, limit: limit, after: after)
        }
    }

    func watch(
        _ prefix: String, after revision: Revision, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) async throws(StoreError) -> any WatchHandle {
        try await store.watch(prefix, after: revision, deliver: deliver)
    }

    func create(_ key: String, _ value: [UInt8], timeToLive: Duration?) async throws(StoreError) -> Revision {
        try await timed(.create, key) { () async throws(StoreError) in
            try await store.create(key, value, timeToLive: timeToLive)
        }
    }

    func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], timeToLive: Duration?
    ) async throws(StoreError) -> Revision {
        try await timed(.update, key) { () async throws(StoreError) in
            try await store.update(key, ifAt: expected, to: value, timeToLive: timeToLive)
        }
    }

    func delete(_ key: String, ifAt expected: Revision?) async throws(StoreError) -> Revision {
        try await timed(.delete, key) { () async throws(StoreError) in try await store.delete(key, ifAt: expected) }
    }

    func compact(through revision: Revision) async throws(StoreError) { try await store.compact(through: revision) }

    func close() async { await store.close() }
}
