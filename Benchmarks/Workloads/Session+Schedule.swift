internal import APIMachinery
internal import Determinism
internal import NIOCore

/// Pods for nodes that exist on paper, from their creation until they have a node.
extension Session {
    private static let scheduleMax = Duration.seconds(180)

    func schedule() async throws -> Measurement {
        let nodes = (0..<amounts.nodes).map { "\(Samples.nodePrefix)\($0)" }
        try await make(nodes)
        let counter = EventCounter(isProtobuf: encoding == .protobuf, keepsEvents: true)
        let connection = try await Connection.open(server.kubeconfig, on: server.connection.eventLoop)
        connection.watch(watchCall(after: try await newestVersion()), counter)
        try await server.waitUntilQuiet()
        let calls = try (0..<amounts.scheduledPods).map { try createCall(scheduledName($0), isScheduled: true) }

        let before = try await server.read()
        let start = NIODeadline.now()
        _ = try await Lanes.send(calls, over: server.connection, atATime: amounts.atATime)
        try await wait(Self.scheduleMax, "all pods had a node") {
            if let failure = counter.failure { throw BenchmarkError("a watch failed: \(failure)") }
            // One event for the pod that is new, one when it has a node.
            return counter.count >= 2 * calls.count && Self.bindings(counter, start).count == calls.count
        }
        let used = try await server.read() - before

        let durations = Self.bindings(counter, start).values
        try await connection.close()
        try await checkNodes()
        try await remove(nodes)
        return Measurement(
            .schedule, self, used, operations: calls.count, cpu: used.server / Double(calls.count),
            besides: used.scheduler / Double(calls.count), durations: Array(durations))
    }

    private func scheduledName(_ index: Int) -> String { "scheduled-\(index)" }

    private func make(_ nodes: [String]) async throws {
        let now = server.time.now
        let calls = try nodes.flatMap { name in
            [
                call("POST", "/api/v1/nodes", try encoding.bytes(Samples.node(name, at: now.rfc3339))),
                call(
                    "POST", Self.leases, try encoding.bytes(Samples.lease(name, at: now.rfc3339Micro))),
            ]
        }
        _ = try await Lanes.send(calls, over: server.connection, atATime: amounts.atATime)
        // New nodes carry a taint until somebody has seen that they are ready.
        let untaint: Value = ["spec": ["taints": .null]]
        let patches = nodes.map { name in
            Call(
                method: "PATCH", target: "/api/v1/nodes/\(name)", body: ByteBuffer(bytes: untaint.json),
                contentType: "application/merge-patch+json")
        }
        _ = try await Lanes.send(patches, over: server.connection, atATime: amounts.atATime)
    }

    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

    private func remove(_ nodes: [String]) async throws {
        let calls =
            (0..<amounts.scheduledPods).map { call("DELETE", "\(pods)/\(scheduledName($0))?gracePeriodSeconds=0") }
            + nodes.map { call("DELETE", "/api/v1/nodes/\($0)") } + nodes.map { call("DELETE", "\(Self.leases)/\($0)") }
        _ = try await Lanes.send(calls, over: server.connection, atATime: amounts.atATime)
    }

    private func call(_ method: String, _ target: String, _ body: ByteBuffer? = nil) -> Call {
        Call(
            method: method, target: target, body: body, contentType: encoding.mediaType, accept: encoding.mediaType)
    }

    /// When the events first showed each pod with a node, since the start.
    private static func bindings(_ counter: EventCounter, _ start: NIODeadline) -> [String: Duration] {
        var bindings: [String: Duration] = [:]
        for (event, arrival) in zip(counter.events, counter.arrivals) {
            let text = String(decoding: event, as: UTF8.self)
            guard text.contains(Samples.nodePrefix), let name = text.firstMatch(of: /scheduled-\d+/) else { continue }
            let key = String(name.output)
            if bindings[key] == nil { bindings[key] = .nanoseconds((arrival - start).nanoseconds) }
        }
        return bindings
    }

    /// The server itself must say that each pod has a node of ours.
    private func checkNodes() async throws {
        let list = try await server.ask("GET", pods)
        let placed = (list["items"]?.arrayValue ?? []).filter {
            $0[path: "spec", "nodeName"]?.stringValue?.hasPrefix(Samples.nodePrefix) == true
        }
        guard placed.count == amounts.scheduledPods else {
            throw BenchmarkError("\(placed.count) pods of \(amounts.scheduledPods) have a node")
        }
    }
}
