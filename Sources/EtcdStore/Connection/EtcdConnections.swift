internal import Determinism
internal import EtcdProtocol
internal import GRPCCore
internal import KeyValueStore
internal import Logging
internal import Synchronization

/// A connection to each server, and the choice of one.
///
/// A read goes on to the next server when one fails. A write is sent only to a server that has just
/// answered, and once: if the connection breaks then, nobody can know whether it was made, and the
/// caller hears `.unavailable`.
final class EtcdConnections: Sendable {
    private struct State {
        var preferred = 0
        /// Whether the preferred server answered the last call.
        var isProven = false
        var isClosed = false
        var runs: [Task<Void, Never>] = []
    }

    private let clients: [EtcdClient]
    private let time: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())

    init(_ options: EtcdStoreOptions, time: any Timekeeper, logger: Logger) throws(StoreError) {
        self.time = time
        self.logger = logger
        var clients: [EtcdClient] = []
        for url in options.endpoints {
            guard let endpoint = Endpoint(url: url) else {
                throw StoreError(.unavailable, key: "", detail: "not a URL of a server: \(url)")
            }
            do { clients.append(try EtcdClient(endpoint, options)) } catch {
                throw StoreError(.unavailable, key: "", detail: "\(url): \(error)")
            }
        }
        guard !clients.isEmpty else { throw StoreError(.unavailable, key: "", detail: "no endpoints are given") }
        self.clients = clients
        // Each keeps its connection until `close`, which waits for it.
        state.withLock { $0.runs = clients.map { client in Task { await self.keep(client) } } }
    }

    /// The server to watch from now on; throws when the store is closed.
    func preferred(_ key: String) throws(StoreError) -> EtcdClient { clients[try current(key)] }

    /// Runs something that may safely run twice.
    func read<T: Sendable>(
        _ key: String, _ body: (EtcdClient, CallOptions) async throws -> T
    ) async throws(StoreError) -> T {
        var failure = StoreError(.unavailable, key: key)
        for _ in 0..<Limits.roundsMax * clients.count {
            let number = try current(key)
            do {
                let result = try await body(clients[number], options(timeout: Limits.callTimeout))
                prove(number)
                return result
            } catch {
                failure = StoreError(error, key: key)
                guard Self.isWorthAnotherServer(error) else { throw failure }
                giveUp(number)
            }
        }
        throw failure
    }

    /// Runs something that must not run twice.
    func write<T: Sendable>(
        _ key: String, _ body: (EtcdClient, CallOptions) async throws -> T
    ) async throws(StoreError) -> T {
        if !state.withLock({ $0.isProven }) { try await probe(key) }
        let number = try current(key)
        do {
            let result = try await body(clients[number], options(timeout: Limits.callTimeout))
            prove(number)
            return result
        } catch {
            if Self.isWorthAnotherServer(error) { giveUp(number) }
            throw StoreError(error, key: key)
        }
    }

    /// A watch has lost its stream: the next one asks elsewhere.
    func streamFailed(_ error: any Error) {
        if Self.isWorthAnotherServer(error) { giveUp(state.withLock { $0.preferred }) }
    }

    func close() async {
        let runs = state.withLock { state in
            state.isClosed = true
            return state.runs
        }
        for client in clients { client.connection.beginGracefulShutdown() }
        for run in runs { await run.value }
    }

    /// Finds a server that answers, which makes it the preferred one.
    private func probe(_ key: String) async throws(StoreError) {
        try await read(key) { client, options in
            var options = options
            options.timeout = Limits.probeTimeout
            _ = try await client.kv.range(.currentRevision, options: options)
        }
    }

    private func keep(_ client: EtcdClient) async {
        do { try await client.connection.runConnections() } catch {
            logger.error("A connection to etcd ended", metadata: ["error": "\(error)"])
        }
    }

    private func current(_ key: String) throws(StoreError) -> Int {
        let state = state.withLock { $0 }
        if state.isClosed { throw StoreError(.unavailable, key: key, detail: "closed") }
        return state.preferred
    }

    private func prove(_ number: Int) {
        state.withLock { if $0.preferred == number { $0.isProven = true } }
    }

    private func giveUp(_ number: Int) {
        state.withLock { state in
            guard state.preferred == number else { return }
            state.preferred = (number + 1) % clients.count
            state.isProven = false
        }
    }

    /// A single server is waited for while it starts again; of several, the next is tried at once.
    private func options(timeout: Duration) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = clients.count == 1
        return options
    }

    private static func isWorthAnotherServer(_ error: any Error) -> Bool {
        guard let code = (error as? RPCError)?.code else { return false }
        return code == .unavailable || code == .deadlineExceeded || code == .internalError
    }
}
