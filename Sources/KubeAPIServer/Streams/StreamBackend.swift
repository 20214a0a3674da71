internal import NIOCore

/// The connection to a kubelet that was asked for another protocol: first its answer, then whatever follows.
final class StreamBackend: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answered: EventLoopPromise<UpgradeAnswer>
    private var answer: UpgradeAnswer? = UpgradeAnswer()
    private var unread = ByteBuffer()
    private var hasEnded = false
    private var bridge: StreamBridge?

    init(answered: EventLoopPromise<UpgradeAnswer>) { self.answered = answered }

    /// From now on everything goes to the bridge, beginning with what has come already.
    func join(_ bridge: StreamBridge) {
        self.bridge = bridge
        if unread.readableBytes > 0 { bridge.received(fromBackend: unread) }
        unread = ByteBuffer()
        if hasEnded { bridge.backendEnded() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let bridge { return bridge.received(fromBackend: bytes) }
        unread.writeImmutableBuffer(bytes)
        guard var answer else { return }
        do {
            let isComplete = try answer.take(&unread)
            self.answer = isComplete ? nil : answer
            guard isComplete else { return }
            // What follows waits in the socket until there is somebody to take it.
            context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
            answered.succeed(answer)
        } catch {
            answered.fail(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        if let answer, answer.code > 0 { answered.succeed(answer) } else { answered.fail(ChannelError.eof) }
        answer = nil
        bridge?.backendEnded()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answered.fail(error)
        context.close(promise: nil)
    }
}
