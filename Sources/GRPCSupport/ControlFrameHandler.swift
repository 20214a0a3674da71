internal import NIOCore

/// Keeps from NIO's HTTP/2 handler what grpc-go sends often and the handler takes for an attack.
///
/// grpc-go measures the bandwidth of a connection by pinging about once per reply, and after a reply that
/// overtook the end of our request it resets the stream with "no error" (RFC 9113, section 8.1). NIO's handler
/// closes a connection that brings more than 200 of either in 30 seconds. The servers we call are trusted: their
/// pings get an answer, and resets of streams that are over anyway are dropped.
final class ControlFrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var filter = ControlFrameFilter()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let output = filter.filter(unwrapInboundIn(data))
        if output.passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(output.passed)) }
        if output.answers.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(output.answers), promise: nil)
        }
    }
}
