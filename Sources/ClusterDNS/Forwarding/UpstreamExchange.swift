internal import APIMachinery
internal import NIOCore
internal import NIOPosix

/// One question to one server, over UDP, and again over TCP when the answer does not fit.
///
/// Each question has a socket of its own, so that the kernel chooses a port nobody can guess and takes
/// answers from that server only.
struct UpstreamExchange: Sendable {
    /// How long a server may take.
    static let timeout = TimeAmount.seconds(2)

    let server: SocketAddress
    let eventLoop: any EventLoop

    func ask(_ query: DNSMessage) -> EventLoopFuture<DNSMessage> {
        let eventLoop = eventLoop
        return askOverUDP(query).flatMap { answer in
            answer.isTruncated ? askOverTCP(query) : eventLoop.makeSucceededFuture(answer)
        }
    }

    private func askOverUDP(_ query: DNSMessage) -> EventLoopFuture<DNSMessage> {
        let promise = eventLoop.makePromise(of: DNSMessage.self)
        let server = server
        DatagramBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramAsker(query, server, promise))
                }
            }
            .connect(to: server)
            .whenComplete { result in Self.settle(result, promise) }
        return promise.futureResult
    }

    private func askOverTCP(_ query: DNSMessage) -> EventLoopFuture<DNSMessage> {
        let promise = eventLoop.makePromise(of: DNSMessage.self)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(StreamFrameDecoder()), StreamAsker(query, promise),
                    ])
                }
            }
            .connect(to: server)
            .whenComplete { result in Self.settle(result, promise) }
        return promise.futureResult
    }

    /// Ends the exchange in time, and closes the channel when it has ended.
    private static func settle(_ result: Result<any Channel, any Error>, _ promise: EventLoopPromise<DNSMessage>) {
        switch result {
        case .failure(let error):
            promise.fail(error)
        case .success(let channel):
            let deadline = channel.eventLoop.scheduleTask(in: timeout) { promise.fail(UpstreamError.timedOut) }
            promise.futureResult.whenComplete { _ in
                deadline.cancel()
                channel.close(promise: nil)
            }
        }
    }
}

/// Why a server did not answer.
enum UpstreamError: Error {
    case timedOut
    case closed
    case unreadable
}

/// Whether `answer` is one to `query`.
private func answers(_ query: DNSMessage, _ answer: DNSMessage) -> Bool {
    answer.isResponse && answer.id == query.id && answer.questions == query.questions
}

private final class DatagramAsker: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let query: DNSMessage
    private let server: SocketAddress
    private let promise: EventLoopPromise<DNSMessage>

    init(_ query: DNSMessage, _ server: SocketAddress, _ promise: EventLoopPromise<DNSMessage>) {
        self.query = query
        self.server = server
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let data = context.channel.allocator.buffer(bytes: DNSWriter.write(query))
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: server, data: data)), promise: nil)
    }

    /// What is no answer to our question is somebody's attempt to mislead us, and we go on waiting.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
        // Loss is fine: bytes that are no message are no answer either.
        guard let answer = try? DNSReader.read(bytes), answers(query, answer) else { return }
        promise.succeed(answer)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(UpstreamError.closed) }
}

private final class StreamAsker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let query: DNSMessage
    private let promise: EventLoopPromise<DNSMessage>

    init(_ query: DNSMessage, _ promise: EventLoopPromise<DNSMessage>) {
        self.query = query
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let frame = StreamFrame.wrap(DNSWriter.write(query), context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Loss is fine: bytes that are no message are no answer either.
        if let answer = try? DNSReader.read(Array(unwrapInboundIn(data).readableBytesView)), answers(query, answer) {
            promise.succeed(answer)
        } else {
            promise.fail(UpstreamError.unreadable)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(UpstreamError.closed) }
}
