package import APIClient
package import APIMachinery
internal import APIRegistry
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// The way to the API server for parts in the same process: no sockets, no TLS, nothing else left out.
/// A client certificate or a token says who asks, and authentication, authorization and admission go by it.
package struct InProcessTransport: APITransport {
    /// Events that may wait for a reader that is slower than the cluster; one that lets more pile up lists anew.
    package static let watchBufferMax = 65_536

    /// How long an extension API server may take.
    private static let remoteTimeout = TimeAmount.seconds(60)

    private let pipeline: RequestPipeline
    private let peer: PeerCertificates
    private let remotes = RelayClient(dialer: TunnelDialer(identity: nil, logger: Logger(label: "apus.apiserver")))
    private let userAgent: String

    /// - certificates: DER, leaf first; none where each request brings a token.
    package init(pipeline: RequestPipeline, certificates: [[UInt8]], userAgent: String) {
        self.pipeline = pipeline
        peer = PeerCertificates(certificates, address: IPAddress("::1"))
        self.userAgent = userAgent
    }

    /// Shows other certificates from now on. DER, leaf first.
    package func show(_ certificates: [[UInt8]]) { peer.replace(with: certificates) }

    package func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        switch await answer(request) {
        case .response(let response): return try Self.checked(response)
        case .stream(let target) where target.isExtensionServer: return try await fetch(target)
        case .watch: throw .badRequest("a watch must be started as one")
        case .tunnel, .webSocket, .webSocketStream, .stream: throw .badRequest("\(request.path) cannot be asked for inside the process")
        }
    }

    package func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        switch await answer(request) {
        case .watch(let subscription): return try Self.stream(subscription)
        case .stream(let target) where target.isExtensionServer:
            do { return try await remotes.lines(target) } catch let error as StatusError { throw error } catch {
                throw .serviceUnavailable("error trying to reach service: \(error)")
            }
        case .response(let response):
            _ = try Self.checked(response)
            throw .internalError("the server did not start the watch")
        case .tunnel, .webSocket, .webSocketStream, .stream: throw .badRequest("\(request.path) is no watch")
        }
    }

    private func fetch(_ target: TunnelTarget) async throws(StatusError) -> APIResponse {
        let answer: RelayedAnswer
        do { answer = try await remotes.fetch(target, within: Self.remoteTimeout) } catch {
            throw .serviceUnavailable("error trying to reach service: \(error)")
        }
        guard answer.code < 400 else { throw answer.error }
        return APIResponse(
            code: answer.code, contentType: answer.headers.first(name: "content-type") ?? "", body: answer.body)
    }

    private func answer(_ request: APIRequest) async -> ServerAnswer {
        let incoming = ServerRequest(
            method: request.method, path: request.path, query: QueryParameters(request.query),
            headers: RequestHeaders([
                ("accept", request.accept), ("content-type", request.contentType), ("user-agent", userAgent),
            ]),
            body: request.body ?? [], credentials: Credentials(peer: peer, bearerToken: request.bearerToken))
        switch pipeline.begin(incoming) {
        case .answered(let answer): return answer
        case .waiting(let request): return await pipeline.answer(request)
        }
    }

    private static func checked(_ response: ServerResponse) throws(StatusError) -> APIResponse {
        let body = response.body.whole
        guard response.code >= 400 else {
            return APIResponse(code: response.code, contentType: response.contentType, body: body)
        }
        // An error that is no Status (a proxied page, say) is told with its code.
        if let value = try? Value(json: body), let error = StatusError(status: value) { throw error }
        throw StatusError(
            code: response.code, reason: .unknown, message: String(decoding: body.prefix(1024), as: UTF8.self))
    }

    private static func stream(
        _ subscription: WatchSubscription
    ) throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: [UInt8].self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(watchBufferMax))
        let pump = StreamPump(subscription: subscription, continuation: continuation)
        continuation.onTermination = { _ in
            subscription.cache.remove(pump)
            subscription.stop()
        }
        try subscription.cache.add(pump)
        subscription.start { pump.pump() }
        pump.pump()
        return stream
    }
}

/// Moves frames from a subscription into a stream, on whatever thread brings the news.
private final class StreamPump: CacheListener {
    private let subscription: WatchSubscription
    private let continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
    /// One thread pumps; news that comes meanwhile make it go round once more.
    private let state = Mutex((isPumping: false, hasNews: false))

    init(
        subscription: WatchSubscription, continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) {
        self.subscription = subscription
        self.continuation = continuation
    }

    func cacheDidAdvance() { pump() }

    func cacheDidClose() { pump() }

    func pump() {
        let isMine = state.withLock { state in
            state.hasNews = true
            if state.isPumping { return false }
            state.isPumping = true
            return true
        }
        guard isMine else { return }
        while takeNews() { drain() }
    }

    private func takeNews() -> Bool {
        state.withLock { state in
            if state.hasNews {
                state.hasNews = false
                return true
            }
            state.isPumping = false
            return false
        }
    }

    private func drain() {
        var reader = EventReader(subscription.cache)
        while true {
            var frames: [[UInt8]] = []
            let progress = subscription.pull(&reader, into: &frames)
            guard yield(frames) else { return }
            switch progress {
            case .more: continue
            case .all: return
            case .ended: return continuation.finish()
            }
        }
    }

    private func yield(_ frames: [[UInt8]]) -> Bool {
        for frame in frames {
            switch continuation.yield(frame) {
            case .enqueued: continue
            case .dropped:
                continuation.finish(throwing: StatusError.expired("too old resource version: the watch fell behind"))
                return false
            case .terminated: return false
            @unknown default: return false
            }
        }
        return true
    }
}
