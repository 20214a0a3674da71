internal import APIClient
internal import Determinism
package import Metrics
internal import Synchronization

/// `rest_client_*`: what this process asks of one API server.
package final class ClientMetrics: Sendable {
    private static let methods: [APIRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    /// One more than the highest code of an answer that is told apart.
    private static let codeEnd = 600
    private static let layout = HistogramLayout.seconds([0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60])

    private static let known = Mutex<[String: ClientMetrics]>([:])

    /// A row for each method, a cell for each code.
    private let answers = Cells(methods.count * codeEnd)
    private let durations = methods.map { _ in Histogram(layout) }

    private init() {}

    /// The same for all clients of a server. A process knows a handful of them.
    package static func of(_ host: String) -> ClientMetrics {
        known.withLock { known in
            if let metrics = known[host] { return metrics }
            let metrics = ClientMetrics()
            known[host] = metrics
            return metrics
        }
    }

    func answered(_ method: APIRequest.Method, _ code: Int, _ took: Duration) {
        let row = Self.row(method)
        answers.add(1, at: row * Self.codeEnd + max(0, min(code, Self.codeEnd - 1)))
        durations[row].observe(took)
    }

    private static func row(_ method: APIRequest.Method) -> Int {
        switch method {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }

    package static func register(in registry: MetricsRegistry) {
        registry.add(
            MetricFamily(
                "rest_client_requests_total", .counter,
                "Number of HTTP requests, partitioned by status code, method, and host.",
                labels: ["code", "method", "host"])
        ) {
            known.withLock { $0 }.flatMap { host, metrics in
                (0..<metrics.answers.count).compactMap { place in
                    let count = metrics.answers[place]
                    guard count > 0 else { return nil }
                    return MetricSample([String(place % codeEnd), methods[place / codeEnd].rawValue, host], count)
                }
            }
        }
        registry.add(
            MetricFamily(
                "rest_client_request_duration_seconds", .histogram,
                "Request latency in seconds. Broken down by verb, and host.", labels: ["verb", "host"])
        ) {
            known.withLock { $0 }.flatMap { host, metrics in
                zip(methods, metrics.durations).compactMap { method, histogram in
                    let snapshot = histogram.snapshot
                    return snapshot.count > 0 ? MetricSample([method.rawValue, host], snapshot) : nil
                }
            }
        }
    }
}
