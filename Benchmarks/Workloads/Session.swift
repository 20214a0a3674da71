internal import APIMachinery
internal import Determinism
internal import NIOCore
internal import NIOPosix

/// The workloads against one server in one encoding, in a namespace of their own.
struct Session: Sendable {
    let server: Server
    let encoding: Encoding
    let amounts: Amounts
    let namespace: String

    var pods: String { "/api/v1/namespaces/\(namespace)/pods" }

    /// Makes the namespace and waits until pods may be created in it.
    func begin() async throws {
        _ = try await server.ask(
            "POST", "/api/v1/namespaces",
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
        // Its service account, and on old servers the account's secret, are made by controllers.
        let attemptsMax = 120
        for attempt in 1...attemptsMax {
            do {
                _ = try await server.ask("POST", pods, Samples.pod("first", isScheduled: false))
                break
            } catch where attempt < attemptsMax {
                try await server.time.sleep(for: .milliseconds(250))
            }
        }
        _ = try await server.ask("DELETE", pods + "/first?gracePeriodSeconds=0")
    }

    func end() async throws {
        _ = try await server.ask("DELETE", "/api/v1/namespaces/\(namespace)")
    }

    func run(_ workload: Workload) async throws -> Measurement {
        try await server.waitUntilQuiet()
        return switch workload {
        case .create: try await requests(workload, createCalls())
        case .get: try await requests(workload, podCalls("GET"))
        case .list: try await list(workload, acceptsCompression: true)
        case .listUncompressed: try await list(workload, acceptsCompression: false)
        case .watch: try await watch()
        case .patch: try await requests(workload, patchCalls(amounts.pods))
        case .apply: try await requests(workload, applyCalls())
        case .getUnderLists: try await getUnderLists()
        case .delete: try await requests(workload, podCalls("DELETE", "?gracePeriodSeconds=0"))
        case .schedule: try await schedule()
        }
    }

    // MARK: Requests

    private func requests(_ workload: Workload, _ calls: [Call]) async throws -> Measurement {
        let before = try await server.read()
        let outcome = try await Lanes.send(calls, over: server.connection, atATime: amounts.atATime)
        let used = try await server.read() - before
        return Measurement(
            workload, self, used, operations: calls.count, cpu: used.server / Double(calls.count),
            durations: outcome.durations)
    }

    private func createCalls() throws -> [Call] {
        try (0..<amounts.pods).map { try createCall(podName($0), isScheduled: false) }
    }

    func createCall(_ name: String, isScheduled: Bool) throws -> Call {
        Call(
            method: "POST", target: pods, body: try encoding.bytes(Samples.pod(name, isScheduled: isScheduled)),
            contentType: encoding.mediaType, accept: encoding.mediaType)
    }

    private func podCalls(_ method: String, _ query: String = "") -> [Call] {
        (0..<amounts.pods).map {
            Call(method: method, target: "\(pods)/\(podName($0))\(query)", accept: encoding.mediaType)
        }
    }

    /// Each sets a label of one pod to a value that it did not have.
    func patchCalls(_ count: Int) -> [Call] {
        let change = server.time.uptime.wholeNanoseconds
        return (0..<count).map { index in
            let label: Value = .string("c\(change + Int64(index))")
            let patch: Value = ["metadata": ["labels": ["change": label]]]
            return Call(
                method: "PATCH", target: "\(pods)/\(podName(index % amounts.pods))", body: ByteBuffer(bytes: patch.json),
                contentType: "application/merge-patch+json", accept: encoding.mediaType)
        }
    }

    private func applyCalls() -> [Call] {
        (0..<amounts.pods).map { index in
            let name = podName(index)
            let applied: Value = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": ["applied": "yes"]],
            ]
            return Call(
                method: "PATCH", target: "\(pods)/\(name)?fieldManager=benchmark", body: ByteBuffer(bytes: applied.json),
                contentType: "application/apply-patch+yaml", accept: encoding.mediaType)
        }
    }

    private func podName(_ index: Int) -> String { "pod-\(index)" }

    // MARK: Lists

    private func list(_ workload: Workload, acceptsCompression: Bool) async throws -> Measurement {
        try await checkCount()
        let call = Call(method: "GET", target: pods, accept: encoding.mediaType, acceptsCompression: acceptsCompression)
        let before = try await server.read()
        let outcome = try await Lanes.send(
            Array(repeating: call, count: amounts.lists), over: server.connection, atATime: 1)
        let used = try await server.read() - before
        return Measurement(
            workload, self, used, operations: amounts.lists, cpu: used.server / (Double(outcome.length) / 1_000_000),
            durations: outcome.durations)
    }

    /// One GET after the other, beside lists on a connection and a thread of their own.
    private func getUnderLists() async throws -> Measurement {
        try await checkCount()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connection = try await Connection.open(server.kubeconfig, on: group.next())
        let storm = Storm(Call(method: "GET", target: pods, accept: encoding.mediaType), over: connection)
        storm.begin(atATime: amounts.stormLists)
        let calls = Array(podCalls("GET").prefix(amounts.stormGets))
        let before = try await server.read()
        let outcome = try await Lanes.send(calls, over: server.connection, atATime: 1)
        let used = try await server.read() - before
        let lists = try await storm.end()
        guard lists > 0 else { throw BenchmarkError("no list was answered while pods were read") }
        try await connection.close()
        try await group.shutdownGracefully()
        let waiting = Measurement.percentile(0.99, of: outcome.durations.sorted())
        return Measurement(
            .getUnderLists, self, used, operations: calls.count, cpu: waiting.inSeconds * 1_000_000,
            durations: outcome.durations)
    }

    /// The list that is measured must have all pods.
    private func checkCount() async throws {
        let list = try await server.ask("GET", pods)
        let count = list["items"]?.arrayValue?.count ?? 0
        guard count == amounts.pods else {
            throw BenchmarkError("the list has \(count) pods instead of \(amounts.pods)")
        }
    }
}
