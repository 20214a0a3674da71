internal import ClusterPKI
internal import Crypto
internal import Determinism
internal import Logging
internal import Metrics
internal import Synchronization

/// Takes over what a file says whenever it changes. What is faulty is told in the log, and the former content stays.
final class ConfigurationReload<Content: Sendable>: Sendable {
    private let file: FollowedFile<Content>
    private let purpose: String
    private let apply: @Sendable (Content) async throws -> Void
    private let metrics: ReloadMetrics
    private let time: any Timekeeper
    private let logger: Logger
    private let applied: Mutex<[UInt8]>

    /// - purpose: `authentication` or `authorization`.
    init(
        _ file: FollowedFile<Content>, purpose: String, metrics: ReloadMetrics, time: any Timekeeper, logger: Logger,
        apply: @escaping @Sendable (Content) async throws -> Void
    ) {
        self.file = file
        self.purpose = purpose
        self.metrics = metrics
        self.time = time
        self.logger = logger
        self.apply = apply
        applied = Mutex(file.initial)
        metrics.note(file.initial)
    }

    /// Until cancelled.
    func run() async {
        let changes: AsyncStream<Void>
        do { changes = try file.changes() } catch {
            return logger.error(
                "a configuration file cannot be followed",
                metadata: ["file": "\(file.path)", "error": "\(error)"])
        }
        // It may have changed before it was watched.
        await reload()
        for await _ in changes { await reload() }
    }

    private func reload() async {
        do {
            let bytes = try file.read()
            guard applied.withLock({ $0 != bytes }) else { return }
            // What is faulty is not tried again before it changes.
            applied.withLock { $0 = bytes }
            try await apply(try file.decode(bytes))
            metrics.succeeded(bytes, at: time.now)
            logger.info("a configuration file was read anew", metadata: ["file": "\(file.path)"])
        } catch is CancellationError {
            return
        } catch {
            metrics.failed(at: time.now)
            logger.error(
                "a configuration file cannot be taken over, the former content stays in force",
                metadata: ["purpose": "\(purpose)", "file": "\(file.path)", "error": "\(error)"])
        }
    }
}

/// `apiserver_authentication_config_controller_*` and its sister of authorization.
final class ReloadMetrics: Sendable {
    private struct State {
        var succeeded = 0
        var failed = 0
        var lastSuccess: Timestamp?
        var lastFailure: Timestamp?
        var hash = ""
    }

    private let state = Mutex(State())

    /// - server: what tells this server from others.
    init(_ purpose: String, server: String, registry: MetricsRegistry) {
        let prefix = "apiserver_\(purpose)_config_controller_"
        let id = Self.hash(Array(server.utf8))
        let labels = ["status", "apiserver_id_hash"]
        let split = "split by status and apiserver identity."
        registry.add(
            MetricFamily(
                prefix + "automatic_reloads_total", .counter,
                "Total number of automatic reloads of \(purpose) configuration \(split)", labels: labels, .beta)
        ) {
            let state = self.state.withLock { $0 }
            return [("success", state.succeeded), ("failure", state.failed)].filter { $0.1 > 0 }
                .map { MetricSample([$0.0, id], $0.1) }
        }
        registry.add(
            MetricFamily(
                prefix + "automatic_reload_last_timestamp_seconds", .gauge,
                "Timestamp of the last automatic reload of \(purpose) configuration \(split)", labels: labels, .beta)
        ) {
            let state = self.state.withLock { $0 }
            return [("success", state.lastSuccess), ("failure", state.lastFailure)].compactMap { status, time in
                time.map { MetricSample([status, id], Double($0.nanoseconds) / 1e9) }
            }
        }
        registry.add(
            MetricFamily(
                prefix + "last_config_info", .gauge,
                "Information about the last applied \(purpose) configuration with hash as label, split by apiserver "
                    + "identity.", labels: ["apiserver_id_hash", "hash"])
        ) { [MetricSample([id, self.state.withLock { $0.hash }], 1)] }
    }

    func note(_ bytes: [UInt8]) { state.withLock { $0.hash = Self.hash(bytes) } }

    func succeeded(_ bytes: [UInt8], at now: Timestamp) {
        state.withLock { state in
            state.succeeded += 1
            state.lastSuccess = now
            state.hash = Self.hash(bytes)
        }
    }

    func failed(at now: Timestamp) {
        state.withLock { state in
            state.failed += 1
            state.lastFailure = now
        }
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        let hex = SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "sha256:" + String(hex)
    }
}
