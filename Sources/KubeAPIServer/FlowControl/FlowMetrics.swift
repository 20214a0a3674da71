internal import Determinism
internal import Metrics

/// What is counted of the requests of one flow schema at one level.
package final class FlowMeter: Sendable {
    let level: String
    let schema: String
    let dispatched = Counter()
    let waiting = Counter()
    let waitingSeats = Counter()
    let executing = Counter()
    let executingSeats = Counter()
    private let refusals = Labelled { Counter() }
    private static let durations = HistogramLayout.seconds([0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30])
    let waitedAndRan = Histogram(durations)
    let waitedInVain = Histogram(durations)
    let ran = Histogram(durations)
    let watchRan = Histogram(durations)
    let seats = Histogram(.whole([1, 2, 4, 8, 16, 32, 64, 100]))
    let watches = Histogram(.whole([0, 1, 10, 100, 1000, 10000]))

    init(level: String, schema: String) {
        self.level = level
        self.schema = schema
    }

    /// Why upstream says that a request is refused.
    enum Refusal: String { case queueFull = "queue-full", limit = "concurrency-limit", timeout = "time-out" }

    func refuse(_ why: Refusal) { refusals[why.rawValue].add() }

    var labels: [String] { [level, schema] }
    var allRefusals: [(labels: [String], element: Counter)] { refusals.all }
}

/// What one level looks like when the page is written.
struct LevelReading: Sendable {
    let name: String
    let limits: SeatAllocationPlan.Limits
    let seats: Int
    let demand: SeatDemand.Result
    let smoothed: Double
    let target: Double
}

/// `apiserver_flowcontrol_*`.
enum FlowMetrics {
    private static let prefix = "apiserver_flowcontrol_"
    private static let labels = ["priority_level", "flow_schema"]
    private static let stages = "in initial (for a WATCH) or any (for a non-WATCH) execution stage"

    static func register(_ control: FlowControl, in registry: MetricsRegistry) {
        registerCounts(control, in: registry)
        registerHistograms(control, in: registry)
        registerLevels(control, in: registry)
    }

    private static func registerCounts(_ control: FlowControl, in registry: MetricsRegistry) {
        func add(
            _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ stability: MetricFamily.Stability,
            _ counter: @escaping @Sendable (FlowMeter) -> Counter
        ) {
            registry.add(MetricFamily(prefix + name, kind, help, labels: labels, stability)) {
                control.meters.map { MetricSample($0.labels, counter($0).value) }
            }
        }
        add(
            "dispatched_requests_total", .counter,
            "Number of requests executed by API Priority and Fairness subsystem", .beta) { $0.dispatched }
        add(
            "current_inqueue_requests", .gauge,
            "Number of requests currently pending in queues of the API Priority and Fairness subsystem", .beta
        ) { $0.waiting }
        add(
            "current_inqueue_seats", .gauge,
            "Number of seats currently pending in queues of the API Priority and Fairness subsystem", .alpha
        ) { $0.waitingSeats }
        add(
            "current_executing_requests", .gauge,
            "Number of requests \(stages) in the API Priority and Fairness subsystem", .beta) { $0.executing }
        add(
            "current_executing_seats", .gauge,
            "Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage "
                + "otherwise) requests in the API Priority and Fairness subsystem", .beta) { $0.executingSeats }
        registry.add(
            MetricFamily(
                prefix + "rejected_requests_total", .counter,
                "Number of requests rejected by API Priority and Fairness subsystem", labels: labels + ["reason"],
                .beta)
        ) {
            control.meters.flatMap { meter in
                meter.allRefusals.map { MetricSample(meter.labels + $0, $1.value) }
            }
        }
    }

    private static func registerHistograms(_ control: FlowControl, in registry: MetricsRegistry) {
        func add(
            _ name: String, _ help: String, _ label: String?, _ stability: MetricFamily.Stability,
            _ histograms: @escaping @Sendable (FlowMeter) -> [(String, Histogram)]
        ) {
            let all = labels + (label.map { [$0] } ?? [])
            registry.add(MetricFamily(prefix + name, .histogram, help, labels: all, stability)) {
                control.meters.flatMap { meter in
                    histograms(meter).map { ($0, $1.snapshot) }.filter { $0.1.count > 0 }.map { value, snapshot in
                        MetricSample(meter.labels + (label == nil ? [] : [value]), snapshot)
                    }
                }
            }
        }
        add(
            "request_wait_duration_seconds", "Length of time a request spent waiting in its queue", "execute", .beta
        ) { [("true", $0.waitedAndRan), ("false", $0.waitedInVain)] }
        add(
            "request_execution_seconds",
            "Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API "
                + "Priority and Fairness subsystem", "type", .alpha
        ) { [("regular", $0.ran), ("watch", $0.watchRan)] }
        add(
            "work_estimated_seats",
            "Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority "
                + "and Fairness", nil, .alpha) { [("", $0.seats)] }
        add(
            "watch_count_samples", "count of watchers for mutating requests in API Priority and Fairness", nil, .alpha
        ) { [("", $0.watches)] }
    }

    private static func registerLevels(_ control: FlowControl, in registry: MetricsRegistry) {
        func add(
            _ name: String, _ help: String, _ stability: MetricFamily.Stability = .alpha,
            _ value: @escaping @Sendable (LevelReading) -> Double
        ) {
            registry.add(MetricFamily(prefix + name, .gauge, help, labels: ["priority_level"], stability)) {
                control.readings.map { MetricSample([$0.name], value($0)) }
            }
        }
        add(
            "nominal_limit_seats", "Nominal number of execution seats configured for each priority level", .beta
        ) { Double($0.limits.nominal) }
        add(
            "lower_limit_seats",
            "Configured lower bound on number of execution seats available to each priority level"
        ) { Double($0.limits.lower) }
        add(
            "upper_limit_seats",
            "Configured upper bound on number of execution seats available to each priority level"
        ) { Double($0.limits.upper) }
        add("current_limit_seats", "current derived number of execution seats available to each priority level") {
            Double($0.seats)
        }
        add("demand_seats_high_watermark", "High watermark, over last adjustment period, of demand_seats") {
            $0.demand.most
        }
        add("demand_seats_average", "Time-weighted average, over last adjustment period, of demand_seats") {
            $0.demand.average
        }
        add("demand_seats_stdev", "Time-weighted standard deviation, over last adjustment period, of demand_seats") {
            $0.demand.deviation
        }
        add("demand_seats_smoothed", "Smoothed seat demands") { $0.smoothed }
        add("target_seats", "Seat allocation targets") { $0.target }
        registry.add(
            MetricFamily(
                prefix + "seat_fair_frac", .gauge,
                "Fair fraction of server's concurrency to allocate to each priority level that can use it")
        ) { [MetricSample([], control.fairFraction)] }
    }
}
