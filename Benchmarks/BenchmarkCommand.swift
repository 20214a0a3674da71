internal import APIMachinery
internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// `apus-benchmark`: what a Kubernetes API server needs for an operation, alone or beside another one.
@main
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-benchmark", abstract: "Measure the processor time an API server needs for an operation.")

    @Option(help: "How to reach the server, as an administrator.")
    var kubeconfig: String

    @Option(help: "Process ids of the server and its store, comma separated.")
    var pids = ""

    @Option(help: "Process ids of the scheduler, where it is a process of its own.")
    var schedulerPids = ""

    @Flag(name: .customLong("cpu-from-metrics"), help: "Ask both servers' /metrics for processor time.")
    var usesMetrics = false

    @Option(help: "The kubeconfig of another server, measured in turns with the first.")
    var against: String?

    @Option(help: "Process ids of the other server and its store.")
    var againstPids = ""

    @Option(help: "Process ids of the other server's scheduler.")
    var againstSchedulerPids = ""

    @Option(help: "json or protobuf; default: both.")
    var encoding: [Encoding] = []

    @Option(help: "Only report this workload; may be given several times.")
    var only: [Workload] = []

    @Option(help: "Pods that are created, read, listed, patched and deleted.")
    var pods = 5000

    @Option(help: "How often all pods are listed.")
    var lists = 10

    @Option(help: "Lists under way at a time in get-under-lists.")
    var stormLists = 4
    @Option(help: "Pods read one after the other in get-under-lists.")
    var stormGets = 300

    @Option var watchers = 200
    @Option(help: "Connections that the watchers share.")
    var watchConnections = 1
    @Option(help: "Changes that every watcher is told of.")
    var changes = 500

    @Option(help: "Nodes on paper for the scheduler.")
    var nodes = 500
    @Option var scheduledPods = 500

    @Option(help: "Requests under way at a time.")
    var atATime = 16

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var servers = [try await server("apus", kubeconfig, pids, schedulerPids, group)]
        if let against {
            servers.append(try await server("reference", against, againstPids, againstSchedulerPids, group))
        }
        var measurements: [Measurement] = []
        for encoding in encoding.isEmpty ? Encoding.allCases : encoding {
            measurements += try await measure(servers, encoding)
        }
        report(measurements, servers)
        for server in servers { try await server.connection.close() }
        try await group.shutdownGracefully()
    }

    /// All workloads, each on one server after the other.
    private func measure(_ servers: [Server], _ encoding: Encoding) async throws -> [Measurement] {
        let amounts = Amounts(
            pods: pods, watchers: watchers, watchConnections: watchConnections, changes: changes, lists: lists,
            stormLists: stormLists, stormGets: stormGets, nodes: nodes, scheduledPods: scheduledPods, atATime: atATime)
        let sessions = servers.map { server in
            Session(
                server: server, encoding: encoding, amounts: amounts,
                namespace: "benchmark-\(encoding.rawValue)-\(getpid())")
        }
        for session in sessions { try await session.begin() }
        var measurements: [Measurement] = []
        for workload in Workload.allCases where only.isEmpty || only.contains(workload) || workload.isNeeded {
            for session in sessions {
                let measurement = try await session.run(workload)
                note("\(measurement.server) \(encoding.rawValue) \(workload.rawValue): \(Int(measurement.cpu)) us")
                if only.isEmpty || only.contains(workload) { measurements.append(measurement) }
            }
        }
        for session in sessions { try await session.end() }
        return measurements
    }

    private func server(
        _ name: String, _ path: String, _ pids: String, _ schedulerPids: String, _ group: any EventLoopGroup
    ) async throws -> Server {
        let kubeconfig = try Kubeconfig.load(path)
        if pids.isEmpty, !usesMetrics { throw ValidationError("say --pids of \(name), or --cpu-from-metrics") }
        return Server(
            name: name, kubeconfig: kubeconfig, clock: usesMetrics ? .metrics : .processes(try Self.numbers(pids)),
            scheduler: .processes(try Self.numbers(schedulerPids)),
            connection: try await Connection.open(kubeconfig, on: group.next()), time: SystemTimekeeper())
    }

    private static func numbers(_ text: String) throws -> [Int32] {
        try text.split(separator: ",").map { part in
            guard let number = Int32(part) else { throw ValidationError("\(part) is no process id") }
            return number
        }
    }

    private func report(_ measurements: [Measurement], _ servers: [Server]) {
        if json {
            let memory = servers.map { server -> Value in
                ["server": .string(server.name), "residentBytes": .integer(Int64(server.clock.residentBytes ?? 0))]
            }
            let report: Value = ["measurements": .array(measurements.map(\.value)), "memory": .array(memory)]
            return print(String(decoding: report.json, as: UTF8.self))
        }
        print(Table(measurements, servers: servers.map(\.name)).text)
        for server in servers {
            guard let bytes = server.clock.residentBytes else { continue }
            print("\(server.name): \(bytes / 1_000_000) MB resident afterwards")
        }
    }

    /// Progress goes where it does not mix with the report; that it cannot be told is no reason to stop.
    private func note(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}

extension Workload {
    /// What comes before and after the others.
    fileprivate var isNeeded: Bool { self == .create || self == .delete }
}
