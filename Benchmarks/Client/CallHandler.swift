internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Sends one request on a stream of its own and collects what comes back.
final class CallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// So much of an error's body is kept to say what went wrong.
    private static let errorMax = 4096

    private let call: Call
    private let head: HPACKHeaders
    private let done: @Sendable (Result<Answer, any Error>) -> Void
    private var answer = Answer(status: 0, received: 0, length: 0, body: [], duration: .zero)
    private var isCompressed = false
    private var tail: [UInt8] = []
    private var start = NIODeadline.now()
    private var isDone = false

    init(_ call: Call, head: HPACKHeaders, done: @escaping @Sendable (Result<Answer, any Error>) -> Void) {
        self.call = call
        self.head = head
        self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
        start = .now()
        context.write(wrapOutboundOut(.headers(.init(headers: head, endStream: call.body == nil))), promise: nil)
        if let body = call.body {
            context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(body), endStream: true))), promise: nil)
        }
        context.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            answer.status = frame.headers.first(name: ":status").flatMap { Int($0) } ?? 0
            isCompressed = frame.headers.first(name: "content-encoding") == "gzip"
            if frame.endStream { finish() }
        case .data(let frame):
            if case .byteBuffer(let buffer) = frame.data { take(buffer) }
            if frame.endStream { finish() }
        default:
            break
        }
    }

    private func take(_ buffer: ByteBuffer) {
        answer.received += buffer.readableBytes
        if call.keepsBody || (answer.status >= 300 && answer.body.count < Self.errorMax) {
            answer.body.append(contentsOf: buffer.readableBytesView)
        }
        // The end of a compressed body says how long it was before: four bytes, the least significant first.
        if isCompressed { tail = Array((tail + buffer.readableBytesView.suffix(4)).suffix(4)) }
    }

    private func finish() {
        guard !isDone else { return }
        isDone = true
        answer.length = isCompressed ? tail.reversed().reduce(0) { $0 << 8 | Int($1) } : answer.received
        answer.duration = .nanoseconds((NIODeadline.now() - start).nanoseconds)
        done(.success(answer))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(BenchmarkError("the stream of \(call.method) \(call.target) ended before its answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        guard !isDone else { return }
        isDone = true
        done(.failure(error))
    }
}
