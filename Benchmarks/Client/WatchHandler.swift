internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Synchronization

/// Counts the events of one watch by where they end, and notes when.
///
/// JSON events end with a line; protobuf's say their length in four bytes before them.
final class EventCounter: Sendable {
    private struct State: Sendable {
        var isStarted = false
        var failure: String?
        var arrivals: [NIODeadline] = []
        var events: [[UInt8]] = []
        /// What there is of the event that is coming.
        var event: [UInt8] = []
        /// Of a protobuf frame: bytes of the length read so far, and what is left of the frame.
        var lengthBytes = 0
        var left = 0
    }

    private let isProtobuf: Bool
    private let keepsEvents: Bool
    private let state = Mutex(State())

    init(isProtobuf: Bool, keepsEvents: Bool = false) {
        self.isProtobuf = isProtobuf
        self.keepsEvents = keepsEvents
    }

    var isStarted: Bool { state.withLock { $0.isStarted } }
    var failure: String? { state.withLock { $0.failure } }
    var count: Int { state.withLock { $0.arrivals.count } }
    /// When each event was whole.
    var arrivals: [NIODeadline] { state.withLock { $0.arrivals } }
    /// The bytes of each event, where they are kept.
    var events: [[UInt8]] { state.withLock { $0.events } }

    func begin(status: Int) {
        state.withLock { state in
            state.isStarted = true
            if status != 200 { state.failure = "the watch was answered with \(status)" }
        }
    }

    func end(_ reason: String) { state.withLock { $0.failure = $0.failure ?? reason } }

    func take(_ buffer: ByteBuffer) {
        let now = NIODeadline.now()
        state.withLock { state in
            if isProtobuf {
                takeFrames(buffer.readableBytesView, now, &state)
            } else {
                takeLines(buffer.readableBytesView, now, &state)
            }
        }
    }

    private func takeLines(_ bytes: ByteBufferView, _ now: NIODeadline, _ state: inout State) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if keepsEvents { state.event.append(contentsOf: rest[..<end]) }
            note(now, &state)
            rest = rest[(end + 1)...]
        }
        if keepsEvents { state.event.append(contentsOf: rest) }
    }

    private func takeFrames(_ bytes: ByteBufferView, _ now: NIODeadline, _ state: inout State) {
        var rest = bytes
        while let first = rest.first {
            if state.lengthBytes < 4 {
                state.left = state.left << 8 | Int(first)
                state.lengthBytes += 1
                rest = rest.dropFirst()
                continue
            }
            let part = rest.prefix(state.left)
            if keepsEvents { state.event.append(contentsOf: part) }
            rest = rest.dropFirst(part.count)
            state.left -= part.count
            if state.left == 0 { note(now, &state) }
        }
    }

    private func note(_ now: NIODeadline, _ state: inout State) {
        state.arrivals.append(now)
        if keepsEvents { state.events.append(state.event) }
        state.event = []
        state.lengthBytes = 0
        state.left = 0
    }
}

/// Reads one watch from a stream of its own.
final class WatchHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let head: HPACKHeaders
    private let counter: EventCounter

    init(head: HPACKHeaders, counter: EventCounter) {
        self.head = head
        self.counter = counter
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: head, endStream: true))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            counter.begin(status: frame.headers.first(name: ":status").flatMap { Int($0) } ?? 0)
        case .data(let frame):
            if case .byteBuffer(let buffer) = frame.data { counter.take(buffer) }
            if frame.endStream { counter.end("the server ended the watch") }
        default:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { counter.end("the watch's stream was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        counter.end("\(error)")
        context.close(promise: nil)
    }
}
