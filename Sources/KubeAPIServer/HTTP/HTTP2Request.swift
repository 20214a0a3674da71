internal import HTTP2
internal import NIOCore

/// One request of an HTTP/2 connection, and its answer.
final class HTTP2Request: HTTP2StreamUser, AnswerSink {
    private let services: RequestServices
    private let stream: HTTP2Stream
    private let head: HTTP2RequestHead
    private var body = RequestBody()
    private var exchange: RequestExchange?
    /// Whoever waits for room.
    private var waiting: [EventLoopPromise<Void>] = []
    /// Whoever waits for the end of the stream.
    private var goners: [EventLoopPromise<Void>] = []

    init(_ services: RequestServices, _ stream: HTTP2Stream, _ head: HTTP2RequestHead) {
        self.services = services
        self.stream = stream
        self.head = head
        if head.headers.contains(where: { $0.name == "expect" && $0.value.lowercased() == "100-continue" }) {
            stream.respond(100, [])
        }
    }

    // MARK: The request

    func receive(_ bytes: ByteBuffer) { body.append(bytes) }

    func receiveEnd() {
        let body = body
        self.body = RequestBody()
        let exchange = RequestExchange(services, sink: self)
        self.exchange = exchange
        exchange.begin(
            method: head.method, target: head.target,
            headers: RequestHeaders(head.headers.map { ($0.name, $0.value) }), body)
    }

    func becameWritable() {
        let waiting = waiting
        self.waiting = []
        for promise in waiting { promise.succeed() }
        exchange?.sinkBecameWritable()
    }

    func closed() {
        exchange?.stop()
        exchange = nil
        let waiting = waiting
        self.waiting = []
        for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) }
        let goners = goners
        self.goners = []
        for promise in goners { promise.succeed() }
    }

    // MARK: The answer

    var eventLoop: any EventLoop { services.eventLoop }
    var isOpen: Bool { !stream.isClosed }
    var isWritable: Bool { stream.isWritable }
    var http1: HTTP1Connection? { nil }

    var gone: EventLoopFuture<Void> {
        guard isOpen else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        goners.append(promise)
        return promise.futureResult
    }

    func send(_ status: Int, _ headers: [(name: String, value: String)], body: [[UInt8]]) {
        let isEmpty = body.allSatisfy(\.isEmpty)
        stream.respond(status, headers, isLast: isEmpty)
        if !isEmpty { stream.write(body, isLast: true) }
    }

    func leaveConnection() { stream.leaveConnection() }

    func begin(_ status: Int, _ headers: [(name: String, value: String)]) { stream.respond(status, headers) }

    func write(_ frames: [[UInt8]]) { stream.write(frames) }

    func write(_ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        guard isOpen else { return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        stream.write([Array(buffer.readableBytesView)])
        guard !stream.isWritable else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        waiting.append(promise)
        return promise.futureResult
    }

    func end() { stream.end() }
}
