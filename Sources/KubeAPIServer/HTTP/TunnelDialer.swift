internal import ClusterPKI
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Connections from the API server to servers behind it: kubelets, pods, services.
final class TunnelDialer: Sendable {
    static let connectTimeout = TimeAmount.seconds(10)
    /// Extension API servers whose certificates are kept read; beyond that all are read anew.
    static let trustsMax = 64

    private let identity: KubeletIdentity?
    private let logger: Logger
    private let contexts = Mutex<[TunnelTrust: NIOSSLContext]>([:])

    init(identity: KubeletIdentity?, logger: Logger) {
        self.identity = identity
        self.logger = logger
    }

    // MARK: Tunnels

    /// Connects and sends the request. What the target answers, its head included, is for the client as it is.
    func open(_ target: TunnelTarget, on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
        connect(target, on: eventLoop) { $0.eventLoop.makeSucceededVoidFuture() }.flatMap { channel in
            // Nothing of the answer is read before the other side of the splice is there. Not sooner: the
            // handshake of TLS needs to read, and the write is done only after it.
            channel.writeAndFlush(Self.request(target))
                .flatMap { channel.setOption(.autoRead, value: false) }
                .map { channel }
        }
    }

    /// Joins the two connections: whatever one reads the other writes.
    static func splice(
        _ http1: HTTP1Connection, _ backend: any Channel, telling headers: [(name: String, value: String)]
    ) {
        let client = http1.channel
        let toBackend = NIOLoopBound(SpliceHandler(partner: backend), eventLoop: client.eventLoop)
        let toClient = NIOLoopBound(SpliceHandler(partner: client, telling: headers), eventLoop: client.eventLoop)
        takeOver(http1) {
            try client.pipeline.syncOperations.addHandler(toBackend.value)
        }.flatMap {
            client.eventLoop.makeCompletedFuture {
                // Both connections live on one event loop.
                try backend.pipeline.syncOperations.addHandler(toClient.value)
            }
        }.whenComplete { _ in
            backend.setOption(.autoRead, value: true).whenComplete { _ in backend.read() }
            // The pipelining handler held reads back while the request was without an answer.
            client.read()
        }
    }

    /// Turns a connection that spoke HTTP/1.1 into a raw one, with the handlers that `add` puts at its end.
    ///
    /// The typed handlers leave before the decoder hands on the bytes it still holds: those are raw already, and a
    /// handler that meets a message of another type takes the process down.
    static func takeOver(
        _ http1: HTTP1Connection, adding add: @escaping @Sendable () throws -> Void
    ) -> EventLoopFuture<Void> {
        let client = http1.channel
        let sync = client.pipeline.syncOperations
        let bound = NIOLoopBound((sync, http1), eventLoop: client.eventLoop)
        return client.eventLoop.makeCompletedFuture(withResultOf: add)
            .flatMap { bound.value.0.removeHandler(bound.value.1.handler) }
            .flatMap { bound.value.0.removeHandler(bound.value.1.pipelining) }
            .flatMap { bound.value.0.removeHandler(bound.value.1.encoder) }
            .flatMap { bound.value.0.removeHandler(bound.value.1.decoder) }
    }

    // MARK: Relays

    /// Sends a request and hands the response over piece by piece, no faster than the client takes it.
    /// - until: when the client has gone, so that nobody wants the rest.
    func relay(
        _ target: TunnelTarget, on eventLoop: any EventLoop, until gone: EventLoopFuture<Void>? = nil,
        head: @escaping @Sendable (HTTPResponseStatus, HTTPHeaders) -> Void,
        body: @escaping @Sendable (ByteBuffer) -> EventLoopFuture<Void>,
        end: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let relay = RelayHandler(head: head, body: body, end: end)
        let bound = NIOLoopBound(relay, eventLoop: eventLoop)
        connect(target, on: eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(bound.value)
            }
        }.whenComplete { result in
            switch result {
            case .failure(let error):
                end(error)
            case .success(let channel):
                // A connection that serves many requests must not keep what they have asked.
                gone?.whenComplete { [weak channel] _ in channel?.close(promise: nil) }
                var headers = HTTPHeaders(target.headers.map { ($0.name, $0.value) })
                headers.replaceOrAdd(name: "Host", value: "\(target.host):\(target.port)")
                headers.replaceOrAdd(name: "Connection", value: "close")
                if !target.body.isEmpty { headers.replaceOrAdd(name: "Content-Length", value: String(target.body.count)) }
                let request = HTTPRequestHead(
                    version: .http1_1, method: HTTPMethod(rawValue: target.method), uri: target.target, headers: headers)
                channel.write(HTTPClientRequestPart.head(request), promise: nil)
                if !target.body.isEmpty {
                    channel.write(
                        HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: target.body))), promise: nil)
                }
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            }
        }
    }

    // MARK: Connecting

    func connect(
        _ target: TunnelTarget, on eventLoop: any EventLoop,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let tls: NIOSSLContext?
        do { tls = target.usesTLS ? try context(target) : nil } catch {
            return eventLoop.makeFailedFuture(error)
        }
        let name: String? = if case .frontProxy(let trust) = target.identity { trust.hostname } else { nil }
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                guard let tls else { return initialize(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: name))
                }.flatMap { initialize(channel) }
            }
            .connect(host: target.host, port: target.port)
            .map { channel in
                for end in target.ends { channel.closeFuture.whenComplete { _ in end.end() } }
                return channel
            }
    }

    private func context(_ target: TunnelTarget) throws -> NIOSSLContext {
        guard case .frontProxy(let trust) = target.identity else {
            return try NIOSSLContext(configuration: try configuration(target))
        }
        if let known = contexts.withLock({ $0[trust] }) { return known }
        let made = try NIOSSLContext(configuration: try Self.configuration(trust))
        contexts.withLock { contexts in
            if contexts.count >= Self.trustsMax { contexts.removeAll() }
            contexts[trust] = made
        }
        return made
    }

    private static func configuration(_ trust: TunnelTrust) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if trust.skipsVerification { configuration.certificateVerification = .none }
        if !trust.authority.isEmpty {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(trust.authority))
        }
        if let client = trust.client { try show(client, in: &configuration) }
        return configuration
    }

    private static func show(_ client: PEMPair, in configuration: inout TLSConfiguration) throws {
        configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(client.certificate.utf8))
            .map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(client.key.utf8), format: .pem))
    }

    private func configuration(_ target: TunnelTarget) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // Kubelets are addressed by IP; their certificate's signature is checked, not its name (as upstream
        // does without --kubelet-certificate-authority it would check nothing at all).
        configuration.certificateVerification = .noHostnameVerification
        guard case .kubeletClient = target.identity, let identity else {
            configuration.certificateVerification = .none
            return configuration
        }
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.authority.utf8)))
        try Self.show(identity.client.current, in: &configuration)
        return configuration
    }
}

/// Writes to another connection what this one reads; reads no faster than the other takes it, and
/// closes when the other does.
final class SpliceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let partner: any Channel
    /// What goes after the first line of what passes: more headers of an answer.
    private var headers: String

    init(partner: any Channel, telling headers: [(name: String, value: String)] = []) {
        self.partner = partner
        self.headers = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        partner.closeFuture.whenComplete { _ in channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = headers.isEmpty ? unwrapInboundIn(data) : withHeaders(unwrapInboundIn(data))
        let channel = context.channel
        let written = partner.writeAndFlush(buffer)
        guard !partner.isWritable else { return }
        channel.setOption(.autoRead, value: false).whenComplete { _ in
            written.whenComplete { _ in
                channel.setOption(.autoRead, value: true).whenComplete { _ in channel.read() }
            }
        }
    }

    /// An answer whose first line does not come at once goes on as it is.
    private func withHeaders(_ buffer: ByteBuffer) -> ByteBuffer {
        defer { headers = "" }
        let bytes = buffer.readableBytesView
        guard let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n")), bytes.starts(with: Array("HTTP/1.1 ".utf8)) else {
            return buffer
        }
        var told = ByteBuffer(bytes[...lineEnd])
        told.writeString(headers)
        told.writeBytes(bytes[bytes.index(after: lineEnd)...])
        return told
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { partner.close(mode: .output, promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Hands a response on, piece by piece.
private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let head: @Sendable (HTTPResponseStatus, HTTPHeaders) -> Void
    private let body: @Sendable (ByteBuffer) -> EventLoopFuture<Void>
    private let end: @Sendable ((any Error)?) -> Void
    private var hasHead = false
    private var isOver = false

    init(
        head: @escaping @Sendable (HTTPResponseStatus, HTTPHeaders) -> Void,
        body: @escaping @Sendable (ByteBuffer) -> EventLoopFuture<Void>,
        end: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.head = head
        self.body = body
        self.end = end
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let response):
            hasHead = true
            var headers = response.headers
            for name in ["connection", "transfer-encoding", "keep-alive", "upgrade"] { headers.remove(name: name) }
            head(response.status, headers)
        case .body(let buffer):
            let channel = context.channel
            let written = body(buffer)
            channel.setOption(.autoRead, value: false).whenComplete { _ in
                written.whenComplete { result in
                    if case .failure = result { return channel.close(promise: nil) }
                    channel.setOption(.autoRead, value: true).whenComplete { _ in channel.read() }
                }
            }
        case .end:
            finish(nil)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(hasHead ? nil : ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(hasHead ? nil : error)
        context.close(promise: nil)
    }

    private func finish(_ error: (any Error)?) {
        guard !isOver else { return }
        isOver = true
        end(error)
    }
}
