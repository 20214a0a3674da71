internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1

/// The answer of another server as the messages of a WebSocket: logs for browsers.
package struct WebSocketStream: Sendable {
    /// Bytes as they are, or in base64 for clients that take text only (upstream's wsstream.Reader).
    enum Encoding: String {
        case binary = "binary.k8s.io"
        case base64 = "base64.binary.k8s.io"
    }

    let handshake: WebSocketHandshake
    var source: TunnelTarget
    /// `nil` when the client offered no protocol: bytes as they are.
    let encoding: Encoding?

    init(_ handshake: WebSocketHandshake, _ source: TunnelTarget) throws(StatusError) {
        encoding = handshake.offered.lazy.compactMap { Encoding(rawValue: $0) }.first
        guard encoding != nil || handshake.offered.isEmpty || handshake.offered == [""] else {
            throw .badRequest("unable to upgrade: none of the offered WebSocket protocols is supported")
        }
        self.handshake = handshake
        self.source = source
    }

    func message(_ bytes: ByteBuffer) -> ByteBuffer {
        guard encoding == .base64 else { return WebSocketWriter.binary(bytes) }
        return WebSocketWriter.text(Base64.encode(Array(bytes.readableBytesView)))
    }
}

/// Answers what a client says that only listens: pings and its good-bye.
final class WebSocketListener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var reader = WebSocketReader()
    private var unread = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        do throws(StreamProtocolError) {
            while let event = try reader.next(&unread) {
                switch event {
                case .ping(let payload):
                    context.channel.writeAndFlush(WebSocketWriter.pong(payload), promise: nil)
                case .close(let payload):
                    let channel = context.channel
                    channel.writeAndFlush(WebSocketWriter.close(payload)).whenComplete { _ in channel.close(promise: nil) }
                case .pong, .piece: break
                }
            }
        } catch { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
