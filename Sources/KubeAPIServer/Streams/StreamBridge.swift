internal import NIOCore

/// Joins a WebSocket client with a backend that speaks SPDY. Reads from either no faster than the other takes it.
final class StreamBridge: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// How long nothing may be said on either side.
    static let idleMax = TimeAmount.hours(4)
    /// How long a client may take to read what is left when all is said.
    static let finishMax = TimeAmount.minutes(15)

    /// How long a command whose client has gone may still write: cut off in the middle it would wait for ever.
    static let drainMax = TimeAmount.seconds(10)

    private let client: any Channel
    private let backend: (any Channel)?
    private var conversion: any StreamConversion
    private var reader = WebSocketReader()
    private var unread = ByteBuffer()
    private var isOver = false
    private var limit: Scheduled<Void>?

    init(client: any Channel, backend: (any Channel)?, conversion: any StreamConversion) {
        self.client = client
        self.backend = backend
        self.conversion = conversion
    }

    /// Turns the client's connection into a WebSocket and joins it with the backend, or tells why there is none.
    static func join(
        _ http1: HTTP1Connection, _ result: Result<UpgradedBackend, any Error>, _ target: WebSocketTarget
    ) {
        let client = http1.channel
        let upgraded: UpgradedBackend?
        let refusal: String?
        switch result {
        case .success(let backend):
            upgraded = backend
            refusal = target.refusal(backend.answer)
        case .failure(let error):
            upgraded = nil
            refusal = "error dialing backend: \(error)"
        }
        let bridge = NIOLoopBound(
            StreamBridge(client: client, backend: upgraded?.channel, conversion: target.conversion),
            eventLoop: client.eventLoop)
        let head = target.handshake.response(
            choosing: target.protocolName(upgraded?.answer), telling: target.target.answerHeaders)
        let backend = refusal == nil ? upgraded?.backend : nil
        TunnelDialer.takeOver(http1) {
            try client.pipeline.syncOperations.addHandlers([IdleStateHandler(allTimeout: idleMax), bridge.value])
        }.whenComplete { _ in
            client.writeAndFlush(ByteBuffer(string: head), promise: nil)
            bridge.value.start(refusal: refusal)
            backend?.value.join(bridge.value)
            upgraded?.channel.setOption(.autoRead, value: true).whenComplete { _ in upgraded?.channel.read() }
            // The pipelining handler held reads back while the request was without an answer.
            client.read()
        }
    }

    /// Begins; `refusal` says why the backend will not take part.
    private func start(refusal: String?) {
        perform(refusal.map { conversion.refused($0) } ?? conversion.opened())
    }

    // MARK: What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if unread.readableBytes > 0 {
            unread.writeBuffer(&bytes)
            bytes = unread
        }
        do throws(StreamProtocolError) {
            while client.isActive, let event = try reader.next(&bytes) { try take(event) }
        } catch {
            return drop()
        }
        unread = bytes.readableBytes > 0 ? ByteBuffer(buffer: bytes) : ByteBuffer()
    }

    private func take(_ event: WebSocketReader.Event) throws(StreamProtocolError) {
        switch event {
        case .ping(let payload): client.writeAndFlush(WebSocketWriter.pong(payload), promise: nil)
        case .pong: return
        case .close(let payload):
            let client = client
            client.writeAndFlush(WebSocketWriter.close(payload)).whenComplete { _ in client.close(promise: nil) }
        case .piece: if !isOver { perform(try conversion.received(fromClient: event)) }
        }
    }

    func received(fromBackend bytes: ByteBuffer) {
        guard !isOver else { return }
        do throws(StreamProtocolError) { perform(try conversion.received(fromBackend: bytes)) } catch { drop() }
    }

    func backendEnded() {
        if !isOver { perform(conversion.backendEnded()) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { drop() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { client.close(promise: nil) }

    // MARK: What is done

    private func perform(_ actions: [StreamAction]) {
        var toClient: EventLoopFuture<Void>?
        var toBackend: EventLoopFuture<Void>?
        for action in actions {
            switch action {
            case .toClient(let bytes): toClient = client.write(bytes)
            case .toBackend(let bytes): toBackend = backend?.write(bytes)
            case .finish: finish()
            }
        }
        if let toClient {
            client.flush()
            if let backend, !client.isWritable { Self.hold(backend, until: toClient) }
        }
        if let toBackend, let backend {
            backend.flush()
            if !backend.isWritable { Self.hold(client, until: toBackend) }
        }
    }

    /// Reads no more from a channel until what it brought has left.
    private static func hold(_ source: any Channel, until written: EventLoopFuture<Void>) {
        source.setOption(.autoRead, value: false).whenComplete { _ in
            written.whenComplete { _ in
                source.setOption(.autoRead, value: true).whenComplete { _ in source.read() }
            }
        }
    }

    private func finish() {
        guard client.isActive else { return drop() }
        isOver = true
        backend?.close(promise: nil)
        let client = client
        limit = client.eventLoop.scheduleTask(in: Self.finishMax) { client.close(promise: nil) }
    }

    /// The client has gone: its input has ended, and what the command still says is thrown away.
    private func leave() {
        guard !isOver, let backend, backend.isActive else { return drop() }
        perform(conversion.clientEnded())
        guard !isOver else { return }
        limit = backend.eventLoop.scheduleTask(in: Self.drainMax) { backend.close(promise: nil) }
    }

    private func drop() {
        isOver = true
        limit?.cancel()
        limit = nil
        backend?.close(promise: nil)
        client.close(promise: nil)
    }
}
