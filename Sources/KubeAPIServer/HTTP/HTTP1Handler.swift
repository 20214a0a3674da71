internal import HTTP2
internal import NIOCore
internal import NIOHTTP1

/// The requests of one HTTP/1.1 connection, one at a time, and their answers.
final class HTTP1Handler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let services: RequestServices
    private let encoder: HTTPResponseEncoder
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let pipelining: HTTPServerPipelineHandler
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = RequestBody()
    private var exchange: RequestExchange?
    /// The next answer is the last.
    private var isLeaving = false

    init(
        _ services: RequestServices, encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>,
        pipelining: HTTPServerPipelineHandler
    ) {
        self.services = services
        self.encoder = encoder
        self.decoder = decoder
        self.pipelining = pipelining
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = RequestBody()
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                let carryOn = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(carryOn)), promise: nil)
            }
        case .body(let buffer):
            body.append(buffer)
        case .end:
            guard let head else { return }
            let body = body
            self.body = RequestBody()
            let exchange = RequestExchange(services, sink: self)
            self.exchange = exchange
            exchange.begin(
                method: head.method.rawValue, target: head.uri,
                headers: RequestHeaders(head.headers.map { ($0.name.lowercased(), $0.value) }), body)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.sinkBecameWritable() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ConnectionLeave else { return context.fireUserInboundEventTriggered(event) }
        isLeaving = true
        if exchange == nil { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func stop() {
        exchange?.stop()
        exchange = nil
    }
}

extension HTTP1Handler: AnswerSink {
    var eventLoop: any EventLoop { services.eventLoop }
    var isOpen: Bool { context?.channel.isActive == true }
    var gone: EventLoopFuture<Void> { context?.channel.closeFuture ?? eventLoop.makeSucceededVoidFuture() }
    var isWritable: Bool { context?.channel.isWritable == true }

    var http1: HTTP1Connection? {
        guard let channel = context?.channel else { return nil }
        return HTTP1Connection(
            channel: channel, encoder: encoder, decoder: decoder, pipelining: pipelining, handler: self)
    }

    func send(_ status: Int, _ headers: [(name: String, value: String)], body: [[UInt8]]) {
        writeHead(status, headers)
        if !body.isEmpty, let context {
            var buffer = context.channel.allocator.buffer(capacity: body.reduce(0) { $0 + $1.count })
            for piece in body { buffer.writeBytes(piece) }
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        end()
    }

    func leaveConnection() { isLeaving = true }

    func begin(_ status: Int, _ headers: [(name: String, value: String)]) {
        writeHead(status, headers)
        context?.flush()
    }

    func write(_ frames: [[UInt8]]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: frames.reduce(0) { $0 + $1.count })
        for frame in frames { buffer.writeBytes(frame) }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }

    func write(_ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        guard let context else { return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        return context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))))
    }

    func end() {
        guard let context else { return }
        exchange = nil
        if head?.isKeepAlive == true, !isLeaving {
            return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    private func writeHead(_ status: Int, _ headers: [(name: String, value: String)]) {
        guard let head, let context else { return }
        var fields = HTTPHeaders(headers)
        if !head.isKeepAlive || isLeaving { fields.add(name: "Connection", value: "close") }
        let response = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: status), headers: fields)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
    }
}
