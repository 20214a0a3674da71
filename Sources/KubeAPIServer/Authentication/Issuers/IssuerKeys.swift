internal import APIMachinery
internal import AsyncHTTPClient
package import ClusterPKI
package import Determinism
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// The keys of one issuer, asked for over HTTPS where its discovery document says.
package final class IssuerKeys: Sendable {
    static let answerMax = 1 << 20
    static let timeout = TimeAmount.seconds(30)
    /// How long to wait before an issuer that did not answer is asked again.
    static let retryDelay = Duration.seconds(10)
    /// Tokens with unknown keys make us ask no more often than this.
    static let refreshInterval = Duration.seconds(5)

    private struct State {
        var keys: JSONWebKeySet?
        var place: String?
        var refreshed: Duration?
        var isAsking = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var client: HTTPClient?
    }

    private let issuer: TokenIssuer
    private let time: any Timekeeper
    private let logger: Logger
    private let state: Mutex<State>

    /// - keys: known from the start; the issuer is asked only for newer ones.
    package init(_ issuer: TokenIssuer, keys: JSONWebKeySet? = nil, time: any Timekeeper, logger: Logger) {
        self.issuer = issuer
        self.time = time
        self.logger = logger
        state = Mutex(State(keys: keys))
    }

    deinit {
        // Lets go of all connections; there is nothing to be done about one that does not close in order.
        state.withLock { $0.client }?.shutdown { _ in }
    }

    package var current: JSONWebKeySet? { state.withLock { $0.keys } }

    /// Asks until there are keys.
    func run() async {
        while current == nil {
            await refresh()
            guard current == nil else { return }
            do { try await time.sleep(for: Self.retryDelay) } catch { return }
        }
    }

    /// Asks for the keys anew, unless that was done a moment ago. Who comes while it is asked waits for the answer.
    func refresh() async {
        let now = time.uptime
        let isMine: Bool? = state.withLock { state in
            if state.isAsking { return false }
            if let last = state.refreshed, now - last < Self.refreshInterval { return nil }
            state.isAsking = true
            return true
        }
        guard let isMine else { return }
        guard isMine else { return await wait() }
        do {
            let keys = try await fetch()
            state.withLock { $0.keys = keys }
        } catch {
            logger.error(
                "an issuer's keys cannot be had", metadata: ["issuer": "\(issuer.url)", "error": "\(error)"])
        }
        let waiting = state.withLock { state in
            state.isAsking = false
            state.refreshed = time.uptime
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isAsking { state.waiting.append(continuation) }
                return !state.isAsking
            }
            if isOver { continuation.resume() }
        }
    }

    private func fetch() async throws -> JSONWebKeySet {
        let place = try await place()
        guard let keys = JSONWebKeySet(json: try await get(place)) else {
            throw ClaimError("failed to decode keys of \(place)")
        }
        return keys
    }

    private func place() async throws -> String {
        if let known = state.withLock({ $0.place }) { return known }
        let base = issuer.url.hasSuffix("/") ? String(issuer.url.dropLast()) : issuer.url
        let url = issuer.discoveryURL.isEmpty ? base + OpenIDDocuments.discoveryPath : issuer.discoveryURL
        let document = try Value(json: try await get(url))
        let named = document.text("issuer")
        guard named == issuer.url else {
            throw ClaimError(
                "issuer did not match the issuer returned by provider, expected \"\(issuer.url)\" got \"\(named)\"")
        }
        let place = document.text("jwks_uri")
        guard !place.isEmpty else { throw ClaimError("provider did not return JWKS URL") }
        state.withLock { $0.place = place }
        return place
    }

    private func get(_ url: String) async throws -> [UInt8] {
        let request = try HTTPClient.Request(url: url, headers: ["accept": "application/json"])
        let accumulator = ResponseAccumulator(request: request, maxBodySize: Self.answerMax)
        let response = try await client().execute(
            request: request, delegate: accumulator, deadline: .now() + Self.timeout
        ).get()
        guard response.status == .ok else { throw ClaimError("\(url) answered \(response.status)") }
        return response.body.map { Array($0.readableBytesView) } ?? []
    }

    private func client() throws -> HTTPClient {
        try state.withLock { state in
            if let client = state.client { return client }
            var tls = TLSConfiguration.makeClientConfiguration()
            if !issuer.authority.isEmpty {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(issuer.authority))
            }
            let made = HTTPClient(
                eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
            state.client = made
            return made
        }
    }
}
