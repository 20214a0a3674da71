internal import APIClient
internal import APIMachinery
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// One request at a time from a connection (HTTP/1.1) or a stream (HTTP/2), and its answer.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// How often an idle watch says how far it is, to those who asked for that.
    static let bookmarkInterval = TimeAmount.seconds(60)

    /// What has to leave the pipeline before a connection becomes a tunnel.
    struct HTTP1Handlers {
        let encoder: HTTPResponseEncoder
        let decoder: ByteToMessageHandler<HTTPRequestDecoder>
        let pipelining: HTTPServerPipelineHandler
    }

    private let pipeline: RequestPipeline
    private let peer: PeerCertificates
    private let executor: EventLoopExecutor
    private let tunnels: TunnelDialer
    private let logger: Logger
    var http1: HTTP1Handlers?

    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var keepAlive = true
    private var watch: WatchWriter?
    private var task: Task<Void, Never>?

    init(
        pipeline: RequestPipeline, peer: PeerCertificates, executor: EventLoopExecutor, tunnels: TunnelDialer,
        logger: Logger
    ) {
        self.pipeline = pipeline
        self.peer = peer
        self.executor = executor
        self.tunnels = tunnels
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            keepAlive = head.isKeepAlive
            body = []
            isTooLarge = false
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
            }
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= BodyDecoder.bodyMax else {
                isTooLarge = true
                return
            }
            body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTooLarge else {
            let error = StatusError.requestTooLarge("limit is \(BodyDecoder.bodyMax)")
            return write(.response(.failure(error, as: .json)), head, context)
        }
        guard let request = request(head) else {
            return write(.response(.failure(.methodNotSupported(GroupResource(group: "", resource: ""), head.method.rawValue), as: .json)), head, context)
        }
        body = []
        switch pipeline.begin(request) {
        case .answered(let answer): write(answer, head, context)
        case .waiting(let request): wait(for: request, head, context)
        }
    }

    private func wait(
        for request: RequestPipeline.WaitingRequest, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        let promise = context.eventLoop.makePromise(of: ServerAnswer.self)
        let pipeline = pipeline
        // What takes its time to work out must not hold up the other connections of this event loop.
        task = Task(executorPreference: request.isBrief ? executor : nil) {
            promise.succeed(await pipeline.answer(request))
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { answer in
            let (handler, context) = bound.value
            handler.task = nil
            guard context.channel.isActive else { return }
            handler.write(answer, head, context)
        }
    }

    private func request(_ head: HTTPRequestHead) -> ServerRequest? {
        guard let method = APIRequest.Method(rawValue: head.method.rawValue) else { return nil }
        let uri = Substring(head.uri)
        let mark = uri.firstIndex(of: "?")
        let path = String(mark.map { uri[..<$0] } ?? uri)
        let query = mark.map { uri[uri.index(after: $0)...] } ?? ""
        // HTTP/2 has names in lower case only.
        let isLowerCase = head.version.major == 2
        let headers = RequestHeaders(head.headers.map { (isLowerCase ? $0.name : $0.name.lowercased(), $0.value) })
        var credentials = Credentials(peer: peer)
        if let authorization = headers["authorization"], authorization.lowercased().hasPrefix("bearer ") {
            credentials.bearerToken = authorization.dropFirst(7).trimmed
        }
        return ServerRequest(
            method: method, path: path, query: QueryParameters(encoded: query), headers: headers, body: body,
            credentials: credentials)
    }

    // MARK: Writing

    private func write(_ answer: ServerAnswer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        switch answer {
        case .response(let response): write(response, head, context)
        case .watch(let subscription): begin(subscription, head, context)
        case .tunnel(let target): tunnel(to: target, head, context)
        case .webSocket(let target): join(to: target, head, context)
        case .webSocketStream(let stream): listen(to: stream, head, context)
        case .stream(let target): stream(from: target, head, context)
        }
    }

    private func write(_ response: ServerResponse, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let length = response.length
        var headers: HTTPHeaders = [
            "Content-Type": response.contentType, "Content-Length": String(length), "Cache-Control": "no-cache, private",
        ]
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if head.version.major == 1, !keepAlive { headers.add(name: "Connection", value: "close") }
        let responseHead = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: response.code), headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        if head.method != .HEAD, length > 0 {
            var buffer = context.channel.allocator.buffer(capacity: length)
            for piece in response.body { buffer.writeBytes(piece) }
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        if keepAlive || http1 == nil {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    // MARK: Watching

    private func begin(_ subscription: WatchSubscription, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "Content-Type": subscription.contentType, "Cache-Control": "no-cache, private",
        ]
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .ok, headers: headers))), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let writer = WatchWriter(
            subscription: subscription, eventLoop: context.eventLoop,
            isWritable: { bound.value.1.channel.isWritable },
            write: { frames in
                let (handler, context) = bound.value
                var buffer = context.channel.allocator.buffer(capacity: frames.reduce(0) { $0 + $1.count })
                for frame in frames { buffer.writeBytes(frame) }
                context.writeAndFlush(handler.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            },
            end: {
                let (handler, context) = bound.value
                handler.watch = nil
                handler.end(context)
            })
        watch = writer
        writer.start()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { watch?.pump() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWork()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopWork() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func stopWork() {
        watch?.stop()
        watch = nil
        task?.cancel()
        task = nil
    }

    // MARK: Passing on

    private func tunnel(to target: TunnelTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let http1 else {
            let error = StatusError.badRequest("Upgrade request required")
            return write(.failure(error, as: .json), head, context)
        }
        let bound = NIOLoopBound((self, context, http1), eventLoop: context.eventLoop)
        tunnels.open(target, on: context.eventLoop).whenComplete { result in
            let (handler, context, http1) = bound.value
            switch result {
            case .success(let backend):
                TunnelDialer.splice(context.channel, backend, removing: http1, handler)
            case .failure(let error):
                handler.write(.failure(.internalError("error dialing backend: \(error)"), as: .json), head, context)
            }
        }
    }

    private func join(to target: WebSocketTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let http1 else {
            return write(.failure(.badRequest("Upgrade request required"), as: .json), head, context)
        }
        let bound = NIOLoopBound((self, context, http1), eventLoop: context.eventLoop)
        tunnels.upgrade(target.target, on: context.eventLoop).whenComplete { result in
            let (handler, context, http1) = bound.value
            switch (result, target.kind) {
            case (.success(let upgraded), _) where !context.channel.isActive:
                upgraded.channel.close(promise: nil)
            case (.success(let upgraded), .tunnel) where !upgraded.answer.isUpgrade:
                upgraded.channel.close(promise: nil)
                let answer = upgraded.answer
                let type = answer["content-type"] ?? "text/plain; charset=utf-8"
                handler.write(ServerResponse(answer.code, contentType: type, body: [answer.body]), head, context)
            case (.failure(let error), .tunnel):
                handler.write(.failure(.internalError("error dialing backend: \(error)"), as: .json), head, context)
            case (_, _):
                StreamBridge.join(context.channel, result, target, removing: http1, handler)
            }
        }
    }

    private func listen(to stream: WebSocketStream, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let http1 else {
            return write(.failure(.badRequest("Upgrade request required"), as: .json), head, context)
        }
        let client = context.channel
        let tunnels = tunnels
        TunnelDialer.takeOver(client, removing: http1, self) {
            try client.pipeline.syncOperations.addHandler(WebSocketListener())
        }.whenComplete { _ in
            let answer = stream.handshake.response(choosing: stream.encoding?.rawValue)
            client.writeAndFlush(ByteBuffer(string: answer), promise: nil)
            client.read()
            tunnels.relay(
                stream.source, on: client.eventLoop, head: { _, _ in },
                body: { client.writeAndFlush(stream.message($0)) },
                end: { _ in
                    client.writeAndFlush(WebSocketWriter.close()).whenComplete { _ in client.close(promise: nil) }
                })
        }
    }

    private func stream(from target: TunnelTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let page = NIOLoopBound(PageInPassing(prefix: target.proxyPathPrefix), eventLoop: context.eventLoop)
        let refused = NIOLoopBound(RefusalInPassing(target.refusal), eventLoop: context.eventLoop)
        tunnels.relay(
            target, on: context.eventLoop,
            head: { status, headers in
                let (handler, context) = bound.value
                if refused.value.begin(status) { return }
                let headers = page.value.begin(headers)
                let response = HTTPResponseHead(version: head.version, status: status, headers: headers)
                context.writeAndFlush(handler.wrapOutboundOut(.head(response)), promise: nil)
            },
            body: { buffer in
                let (handler, context) = bound.value
                if refused.value.take(buffer) { return context.eventLoop.makeSucceededVoidFuture() }
                return context.writeAndFlush(handler.wrapOutboundOut(.body(.byteBuffer(page.value.pass(buffer)))))
            },
            end: { error in
                let (handler, context) = bound.value
                if let error {
                    let text = "error trying to reach service: \(error)"
                    handler.write(.failure(.serviceUnavailable(text), as: .json), head, context)
                } else if let error = refused.value.end() {
                    handler.write(.failure(error, as: .json), head, context)
                } else {
                    if let rest = page.value.end() {
                        context.write(handler.wrapOutboundOut(.body(.byteBuffer(rest))), promise: nil)
                    }
                    handler.end(context)
                }
            })
    }
}

/// The answer of a proxied server on its way to the client.
private final class PageInPassing {
    private let prefix: String
    private var rewriter: LinkRewriter?

    init(prefix: String) { self.prefix = prefix }

    func begin(_ headers: HTTPHeaders) -> HTTPHeaders {
        guard !prefix.isEmpty else { return headers }
        var headers = headers
        if let place = headers.first(name: "location") {
            headers.replaceOrAdd(name: "location", value: LinkRewriter.rewritten(place, prefix))
        }
        let isPage = headers.first(name: "content-type")?.hasPrefix("text/html") == true
        if isPage, headers["content-encoding"].isEmpty {
            rewriter = LinkRewriter(prefix: prefix)
            headers.remove(name: "content-length")
        }
        return headers
    }

    func pass(_ buffer: ByteBuffer) -> ByteBuffer {
        guard rewriter != nil else { return buffer }
        return ByteBuffer(bytes: rewriter?.rewrite(buffer.readableBytesView) ?? [])
    }

    func end() -> ByteBuffer? { (rewriter?.finish()).map { ByteBuffer(bytes: $0) } }
}
