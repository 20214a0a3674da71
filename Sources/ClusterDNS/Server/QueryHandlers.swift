internal import NIOCore

/// Serves one UDP socket.
final class DatagramQueryHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let service: QueryService

    init(_ service: QueryService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let client = envelope.remoteAddress
        let channel = context.channel
        switch service.reply(to: Array(envelope.data.readableBytesView), over: .datagram) {
        case .none: return
        case .now(let bytes):
            let reply = AddressedEnvelope(remoteAddress: client, data: channel.allocator.buffer(bytes: bytes))
            context.write(wrapOutboundOut(reply), promise: nil)
        case .later(let future):
            future.whenSuccess { bytes in
                let reply = AddressedEnvelope(remoteAddress: client, data: channel.allocator.buffer(bytes: bytes))
                channel.writeAndFlush(reply, promise: nil)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// A client that has gone makes the kernel report an error on our socket; the others still want answers.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Serves one TCP connection, behind a ``StreamFrameDecoder`` and an idle timer.
final class StreamQueryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Questions of one connection that wait for servers outside; whoever asks for more is cut off.
    static let waitingMax = 100

    private let service: QueryService
    private var waiting = 0

    init(_ service: QueryService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch service.reply(to: Array(unwrapInboundIn(data).readableBytesView), over: .stream) {
        case .none: context.close(promise: nil)
        case .now(let bytes): send(bytes, context)
        case .later(let future):
            waiting += 1
            guard waiting <= Self.waitingMax else { return context.close(promise: nil) }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.whenSuccess { bytes in
                let (handler, context) = bound.value
                handler.waiting -= 1
                handler.send(bytes, context)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(StreamFrame.wrap(bytes, context.channel.allocator)), promise: nil)
    }
}
