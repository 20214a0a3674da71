internal import NIOCore
internal import NIOHTTP1

/// A URL on the runtime's streaming server, taken apart.
struct TunnelTarget: Sendable, Equatable {
    var host: String
    var port: Int
    var path: String

    /// `http://host:port/path`
    init?(_ url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...])
        else {
            return nil
        }
        let host = authority[..<colon].filter { $0 != "[" && $0 != "]" }
        self.host = host.isEmpty ? "127.0.0.1" : String(host)
        self.port = port
        path = authority.endIndex == rest.endIndex ? "/" : String(rest[authority.endIndex...])
    }

    /// The client's request as the runtime shall see it: its own path and name, nothing of the client's credentials.
    func head(_ head: HTTPRequestHead) -> String {
        var text = "\(head.method.rawValue) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n"
        for (name, value) in head.headers {
            let lower = name.lowercased()
            if lower != "host", lower != "authorization" { text += "\(name): \(value)\r\n" }
        }
        return text + "\r\n"
    }
}

/// The far half of a tunnel: writes to the client what the runtime sends, no faster than the client takes it.
final class TunnelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let partner: any Channel

    init(partner: any Channel) { self.partner = partner }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        Self.pass(unwrapInboundIn(data), from: context.channel, to: partner)
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

    /// Writes a buffer and reads no more from its source until it has left, when the sink is full.
    static func pass(_ buffer: ByteBuffer, from source: any Channel, to sink: any Channel) {
        let written = sink.writeAndFlush(buffer)
        guard !sink.isWritable else { return }
        source.setOption(.autoRead, value: false).whenComplete { _ in
            written.whenComplete { _ in
                source.setOption(.autoRead, value: true).whenComplete { _ in source.read() }
            }
        }
    }
}
