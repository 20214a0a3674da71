internal import APIMachinery
internal import Determinism

/// What one workload cost one server.
struct Measurement: Sendable {
    let server: String
    let workload: Workload
    let encoding: Encoding
    let operations: Int
    /// Processor time per unit of the workload, microseconds; of `get-under-lists` the 99th percentile of waiting.
    let cpu: Double
    /// The same of what is told apart (`Workload.besides`): the scheduler's processes, or the changes behind events.
    let besides: Double
    /// Operations a second.
    let rate: Double
    let median: Duration
    let percentile99: Duration

    init(
        _ workload: Workload, _ session: Session, _ used: Server.Reading, operations: Int, cpu: Double,
        besides: Double = 0, durations: [Duration]
    ) {
        server = session.server.name
        self.workload = workload
        encoding = session.encoding
        self.operations = operations
        self.cpu = cpu
        self.besides = besides
        rate = Double(operations) / used.uptime.inSeconds
        let sorted = durations.sorted()
        median = Self.percentile(0.5, of: sorted)
        percentile99 = Self.percentile(0.99, of: sorted)
    }

    static func percentile(_ part: Double, of sorted: [Duration]) -> Duration {
        sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    var value: Value {
        [
            "server": .string(server), "workload": .string(workload.rawValue), "encoding": .string(encoding.rawValue),
            "operations": .integer(Int64(operations)), "unit": .string(workload.unit),
            "cpuMicrosPerUnit": .double(cpu), "besidesCPUMicrosPerUnit": .double(besides),
            "operationsPerSecond": .double(rate), "medianMillis": .double(median.inSeconds * 1000),
            "percentile99Millis": .double(percentile99.inSeconds * 1000),
        ]
    }
}
