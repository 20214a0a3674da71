internal import NIOCore

/// Answers PINGs below NIO's HTTP/2 handler, so that it never sees them.
///
/// grpc-go measures the bandwidth of a connection by pinging about once per reply, and NIO's handler
/// closes a connection that brings more than 200 control frames in 30 seconds. The servers we call are
/// trusted, so their pings are worth an answer and no suspicion.
final class PingAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var filter = PingFilter()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let output = filter.filter(unwrapInboundIn(data))
        if output.passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(output.passed)) }
        if output.answers.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(output.answers), promise: nil)
        }
    }
}
