internal import APIMachinery
internal import ClusterPKI
internal import Determinism
internal import NIOCore
internal import NIOPosix

/// A server under measurement.
struct Server: Sendable {
    let name: String
    let kubeconfig: Kubeconfig
    /// The server and its store.
    let clock: ProcessorClock
    /// The scheduler's processes, counted apart; empty when it is part of the server.
    let scheduler: ProcessorClock
    let connection: Connection
    let time: any Timekeeper

    /// Microseconds of processor time.
    struct Reading: Sendable {
        var server: Double
        var scheduler: Double
        var uptime: Duration

        static func - (left: Reading, right: Reading) -> Reading {
            Reading(
                server: left.server - right.server, scheduler: left.scheduler - right.scheduler,
                uptime: left.uptime - right.uptime)
        }
    }

    func read() async throws -> Reading {
        Reading(
            server: try await clock.read(over: connection), scheduler: try await scheduler.read(over: connection),
            uptime: time.uptime)
    }

    /// Waits until the server has little to do, so that one measurement does not pay for what went before.
    func waitUntilQuiet() async throws {
        /// Half-second looks, at most; a server that never rests is measured as it is.
        let looksMax = 40
        for _ in 0..<looksMax {
            let before = try await read()
            try await time.sleep(for: .milliseconds(500))
            let used = try await read() - before
            if used.server + used.scheduler < 40_000 { return }
        }
    }

    /// An answer that must be 2xx, read as JSON.
    func ask(_ method: String, _ target: String, _ body: Value? = nil, contentType: String = "application/json") async throws -> Value {
        let answer = try await connection.send(
            Call(
                method: method, target: target, body: body.map { ByteBuffer(bytes: $0.json) }, contentType: contentType,
                keepsBody: true, acceptsCompression: false))
        guard (200..<300).contains(answer.status) else {
            throw BenchmarkError(
                "\(method) \(target) was answered with \(answer.status): "
                    + String(decoding: answer.body.prefix(512), as: UTF8.self))
        }
        return try Value(json: answer.body)
    }
}

/// What went wrong, for people.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
