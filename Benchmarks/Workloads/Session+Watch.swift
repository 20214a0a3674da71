internal import APIMachinery
internal import Determinism
internal import NIOCore

/// Many watchers, one change after the other: the next when all have heard of the last.
extension Session {
    private static let startMax = Duration.seconds(60)
    private static let deliveryMax = Duration.seconds(120)

    /// What the changes cost without a watcher is measured first, and told apart: the rest is the delivery.
    func watch() async throws -> Measurement {
        let alone = try await change { _ in }.used
        let (counters, connections) = try await startWatches(amounts.watchers)
        try await server.waitUntilQuiet()
        let (used, starts) = try await change { made in
            try await wait(Self.deliveryMax, "an event was delivered to all") {
                counters.allSatisfy { $0.count >= made || $0.failure != nil }
            }
        }
        var durations: [Duration] = []
        for counter in counters {
            if let failure = counter.failure { throw BenchmarkError("a watch failed: \(failure)") }
            let arrivals = counter.arrivals
            guard arrivals.count == starts.count else {
                throw BenchmarkError("a watcher got \(arrivals.count) events of \(starts.count) changes")
            }
            durations += zip(arrivals, starts).map { .nanoseconds(($0 - $1).nanoseconds) }
        }
        for connection in connections { try await connection.close() }
        let events = Double(durations.count)
        return Measurement(
            .watch, self, used, operations: durations.count, cpu: (used.server - alone.server) / events,
            besides: alone.server / events, durations: durations)
    }

    /// One change after the other; each is followed by what there is to wait for, given how many were made.
    private func change(
        then wait: (Int) async throws -> Void
    ) async throws -> (used: Server.Reading, starts: [NIODeadline]) {
        let before = try await server.read()
        var starts: [NIODeadline] = []
        for call in patchCalls(amounts.changes) {
            starts.append(.now())
            let answer = try await server.connection.send(call)
            guard answer.status == 200 else { throw BenchmarkError("a change was answered with \(answer.status)") }
            try await wait(starts.count)
        }
        return (try await server.read() - before, starts)
    }

    private func startWatches(_ count: Int) async throws -> ([EventCounter], [Connection]) {
        let version = try await newestVersion()
        var connections: [Connection] = []
        for _ in 0..<amounts.watchConnections {
            connections.append(try await Connection.open(server.kubeconfig, on: server.connection.eventLoop))
        }
        var counters: [EventCounter] = []
        for index in 0..<count {
            let counter = EventCounter(isProtobuf: encoding == .protobuf)
            connections[index % connections.count].watch(watchCall(after: version), counter)
            counters.append(counter)
        }
        let started = counters
        try await wait(Self.startMax, "all watches had begun") {
            started.allSatisfy { $0.isStarted || $0.failure != nil }
        }
        return (counters, connections)
    }

    func watchCall(after version: String) -> Call {
        let accept = encoding == .json ? encoding.mediaType : encoding.mediaType + ";stream=watch"
        return Call(method: "GET", target: "\(pods)?watch=true&resourceVersion=\(version)", accept: accept)
    }

    func newestVersion() async throws -> String {
        let list = try await server.ask("GET", pods + "?limit=1")
        guard let version = list[path: "metadata", "resourceVersion"]?.stringValue else {
            throw BenchmarkError("a list says no resource version")
        }
        return version
    }

    /// Looks every few milliseconds whether something is so.
    func wait(_ limit: Duration, _ what: String, until isSo: () throws -> Bool) async throws {
        let deadline = server.time.uptime + limit
        while try !isSo() {
            guard server.time.uptime < deadline else {
                throw BenchmarkError("\(limit) went by before \(what)")
            }
            try await server.time.sleep(for: .milliseconds(1))
        }
    }
}
