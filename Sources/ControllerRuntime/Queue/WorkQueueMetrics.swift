package import Metrics
internal import Synchronization

/// What is counted of one queue, at one moment.
struct WorkQueueReading: Sendable {
    var depth: Int
    var adds: Int
    var retries: Int
    /// Seconds that keys have been worked on which are not done yet: of all, and of the longest.
    var unfinished: Double
    var longest: Double
    var waits: HistogramSnapshot
    var works: HistogramSnapshot
}

/// `workqueue_*`: what the controllers of this process have to do. The queues count, and are asked when a page is
/// written.
package enum WorkQueueMetrics {
    /// Names of queues; what comes beyond is told nowhere.
    private static let namesMax = 1024
    static let durations = HistogramLayout.seconds(HistogramLayout.exponential(1e-8, 10, 10))

    private struct Known {
        weak var queue: WorkQueue?
    }

    private static let queues = Mutex<[String: Known]>([:])

    /// A later queue of the same name takes the place of the first.
    static func know(_ queue: WorkQueue, as name: String) {
        queues.withLock { queues in
            guard queues.count < namesMax || queues[name] != nil else { return }
            queues[name] = Known(queue: queue)
        }
    }

    private static var readings: [(name: String, reading: WorkQueueReading)] {
        // Asked outside of the lock: each queue has one of its own.
        let known = queues.withLock { queues in queues.compactMap { name, known in known.queue.map { (name, $0) } } }
        return known.map { ($0.0, $0.1.reading) }
    }

    package static func register(in registry: MetricsRegistry) {
        func add(
            _ name: String, _ kind: MetricFamily.Kind, _ help: String,
            _ value: @escaping @Sendable (WorkQueueReading) -> MetricSample.Value
        ) {
            registry.add(MetricFamily("workqueue_\(name)", kind, help, labels: ["name"], .beta)) {
                readings.map { MetricSample([$0.name], value($0.reading)) }
            }
        }
        add("depth", .gauge, "Current depth of workqueue") { .number(Double($0.depth)) }
        add("adds_total", .counter, "Total number of adds handled by workqueue") { .number(Double($0.adds)) }
        add("retries_total", .counter, "Total number of retries handled by workqueue") { .number(Double($0.retries)) }
        add(
            "unfinished_work_seconds", .gauge,
            "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large "
                + "values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at "
                + "which this increases."
        ) { .number($0.unfinished) }
        add(
            "longest_running_processor_seconds", .gauge,
            "How many seconds has the longest running processor for workqueue been running."
        ) { .number($0.longest) }
        add(
            "queue_duration_seconds", .histogram,
            "How long in seconds an item stays in workqueue before being requested."
        ) { .histogram($0.waits) }
        add(
            "work_duration_seconds", .histogram, "How long in seconds processing an item from workqueue takes."
        ) { .histogram($0.works) }
    }
}
