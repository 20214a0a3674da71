internal import APIClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The certificates that the peer of one connection presented: noted in the handshake, asked for by every request.
final class PeerCertificates: Sendable {
    private let chain = Mutex<[[UInt8]]>([])

    func note(_ certificates: [NIOSSLCertificate]) {
        // A certificate that cannot be written out again counts as none.
        let bytes = certificates.compactMap { try? $0.toDERBytes() }
        chain.withLock { $0 = bytes }
    }

    var der: [[UInt8]] { chain.withLock { $0 } }
}

/// One connection to the node's server: requests one after the other, until one turns it into a tunnel.
///
/// It takes messages of any type, because the decoder hands on raw bytes once it leaves the pipeline.
final class NodeConnection: ChannelInboundHandler {
    typealias InboundIn = Any
    typealias OutboundOut = HTTPServerResponsePart

    /// No question has a body worth more.
    static let bodyMax = 1024 * 1024

    let peer = PeerCertificates()
    private let access: NodeAccess
    private let router: NodeRouter
    private let logger: Logger
    private let encoder = HTTPResponseEncoder()
    private let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
    private var head: HTTPRequestHead?
    private var bodySize = 0
    private var task: Task<Void, Never>?
    /// The other end, once this is a tunnel.
    private var partner: (any Channel)?

    init(access: NodeAccess, router: NodeRouter, logger: Logger) {
        self.access = access
        self.router = router
        self.logger = logger
    }

    func install(in channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, self])
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        // What was written as ByteBuffer comes out of NIOAny as IOData where the type is left open.
        case let data as IOData:
            if case .byteBuffer(let buffer) = data { forward(buffer, context) }
        case let part as HTTPServerRequestPart where partner == nil: take(part, context)
        default: context.close(promise: nil)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            guard task == nil else { return context.close(promise: nil) }
            self.head = head
            bodySize = 0
        case .body(let buffer):
            bodySize += buffer.readableBytes
            if bodySize > Self.bodyMax { context.close(promise: nil) }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let channel = context.channel
        let request = Self.request(head)
        let (access, router, certificates) = (access, router, peer.der)
        let promise = context.eventLoop.makePromise(of: NodeAnswer.self)
        task = promise.completeWithTask {
            guard let caller = await access.identify(request, certificates: certificates) else {
                return .refusal(401, "Unauthorized")
            }
            guard await access.allows(caller, request) else { return Self.forbidden(caller, request) }
            return await router.answer(request)
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { answer in
            guard channel.isActive else { return }
            if case .tunnel(let url) = answer {
                bound.value.openTunnel(to: url, head, channel)
            } else {
                bound.value.reply(answer, head, channel)
            }
        }
    }

    private static func forbidden(_ caller: NodeCaller, _ request: NodeRequest) -> NodeAnswer {
        .refusal(
            403,
            "Forbidden (user=\(caller.userName), verb=\(NodeAccess.verb(request)), resource=nodes, "
                + "subresource(s)=[\(NodeAccess.subresources(request.path).joined(separator: " "))])")
    }

    /// Writes an answer; the next request may come when it is out.
    private func reply(_ answer: NodeAnswer, _ head: HTTPRequestHead, _ channel: any Channel) {
        let done = channel.eventLoop.makePromise(of: Void.self)
        task = done.completeWithTask { await Self.write(answer, head, channel) }
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        done.futureResult.whenComplete { _ in bound.value.task = nil }
    }

    private static func request(_ head: HTTPRequestHead) -> NodeRequest {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.count == 2 ? parts[1] : ""
        return NodeRequest(
            method: head.method.rawValue, path: PercentEncoding.decode(parts[0]) ?? String(parts[0]),
            query: query.split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (
                    PercentEncoding.decode(sides[0], plusIsSpace: true) ?? "",
                    sides.count == 2 ? PercentEncoding.decode(sides[1], plusIsSpace: true) ?? "" : ""
                )
            },
            headers: head.headers.map { ($0.name, $0.value) })
    }

    // MARK: Answers

    private static func write(_ answer: NodeAnswer, _ head: HTTPRequestHead, _ channel: any Channel) async {
        do {
            switch answer {
            case .text(let code, let text, let type): try await write(code, Array(text.utf8), type, head, channel)
            case .bytes(let bytes, let type): try await write(200, bytes, type, head, channel)
            case .stream(let pieces, let type):
                let start = HTTPResponseHead(version: head.version, status: .ok, headers: ["Content-Type": type])
                try await channel.writeAndFlush(HTTPServerResponsePart.head(start)).get()
                for try await piece in pieces {
                    try await channel.writeAndFlush(
                        HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: piece)))
                    ).get()
                }
                try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
                if !head.isKeepAlive { channel.close(promise: nil) }
            case .tunnel: return
            }
        } catch {
            // The peer has gone, or the stream broke: a cut connection is all that can still be said.
            channel.close(promise: nil)
        }
    }

    private static func write(
        _ code: Int, _ bytes: [UInt8], _ type: String, _ head: HTTPRequestHead, _ channel: any Channel
    ) async throws {
        var headers: HTTPHeaders = ["Content-Type": type, "Content-Length": String(bytes.count)]
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let start = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: code), headers: headers)
        channel.write(HTTPServerResponsePart.head(start), promise: nil)
        if head.method != .HEAD {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
        if !head.isKeepAlive { channel.close(promise: nil) }
    }

    // MARK: Tunnel

    /// Connects to the runtime's streaming server, repeats the request there, and joins the two connections.
    private func openTunnel(to url: String, _ head: HTTPRequestHead, _ channel: any Channel) {
        guard let target = TunnelTarget(url) else {
            return reply(.refusal(500, "the runtime's streaming URL cannot be read"), head, channel)
        }
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        ClientBootstrap(group: channel.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { partner in
                partner.eventLoop.makeCompletedFuture {
                    try partner.pipeline.syncOperations.addHandler(TunnelHandler(partner: channel))
                }
            }
            .connect(host: target.host, port: target.port)
            .whenComplete { result in
                switch result {
                case .success(let partner):
                    bound.value.join(partner, target, head, channel)
                case .failure(let error):
                    let why = "the runtime's streaming server does not answer: \(error)"
                    bound.value.reply(.refusal(500, why), head, channel)
                }
            }
    }

    private func join(_ partner: any Channel, _ target: TunnelTarget, _ head: HTTPRequestHead, _ channel: any Channel) {
        self.partner = partner
        task = nil
        partner.writeAndFlush(ByteBuffer(string: target.head(head)), promise: nil)
        let bound = NIOLoopBound((self, channel.pipeline.syncOperations), eventLoop: channel.eventLoop)
        channel.pipeline.syncOperations.removeHandler(encoder)
            .flatMap { bound.value.1.removeHandler(bound.value.0.decoder) }
            .whenComplete { _ in
                partner.setOption(.autoRead, value: true).whenComplete { _ in partner.read() }
            }
        partner.closeFuture.whenComplete { _ in channel.close(promise: nil) }
    }

    private func forward(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let partner else { return context.close(promise: nil) }
        TunnelHandler.pass(buffer, from: context.channel, to: partner)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            if let partner { partner.close(mode: .output, promise: nil) } else { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        partner?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
