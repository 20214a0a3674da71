internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// What a server behind ours has answered to our own question.
struct RelayedAnswer: Sendable {
    var code = 0
    var headers = HTTPHeaders()
    var body: [UInt8] = []
}

/// Asks servers behind ours in our own name, or in that of a part in this process.
struct RelayClient: Sendable {
    static let answerMax = 64 << 20
    /// Events that may wait for a reader that is slower than the other server.
    static let linesMax = 65_536

    private let dialer: TunnelDialer

    init(dialer: TunnelDialer) { self.dialer = dialer }

    /// The whole answer, whatever its code. Throws what NIO says when there is none in time.
    func fetch(_ target: TunnelTarget, within limit: TimeAmount) async throws -> RelayedAnswer {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = eventLoop.makePromise(of: RelayedAnswer.self)
        let answer = SharedAnswer()
        let timer = eventLoop.scheduleTask(in: limit) { promise.fail(ChannelError.connectTimeout(limit)) }
        eventLoop.execute {
            dialer.relay(
                target, on: eventLoop, until: promise.futureResult.map { _ in }.recover { _ in },
                head: { status, headers in answer.begin(status, headers) },
                body: { buffer in
                    if !answer.append(buffer) { promise.fail(StatusError.internalError("an answer that is too long")) }
                    return eventLoop.makeSucceededVoidFuture()
                },
                end: { error in
                    timer.cancel()
                    if let error { promise.fail(error) } else { promise.succeed(answer.current) }
                })
        }
        return try await promise.futureResult.get()
    }

    /// The lines of an endless answer. Throws the other server's refusal.
    func lines(_ target: TunnelTarget) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let begun = eventLoop.makePromise(of: RelayedAnswer?.self)
        let gone = eventLoop.makePromise(of: Void.self)
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: [UInt8].self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.linesMax))
        continuation.onTermination = { _ in gone.succeed() }
        let answer = SharedAnswer()
        eventLoop.execute {
            dialer.relay(
                target, on: eventLoop, until: gone.futureResult,
                head: { status, headers in
                    answer.begin(status, headers)
                    if status == .ok { begun.succeed(nil) }
                },
                body: { buffer in
                    guard answer.append(buffer) else { return eventLoop.makeFailedFuture(ChannelError.eof) }
                    for line in answer.takeLines() {
                        guard case .enqueued = continuation.yield(line) else {
                            let error = StatusError.expired("too old resource version: the watch fell behind")
                            continuation.finish(throwing: error)
                            return eventLoop.makeFailedFuture(ChannelError.eof)
                        }
                    }
                    return eventLoop.makeSucceededVoidFuture()
                },
                end: { error in
                    if let error { begun.fail(error) } else { begun.succeed(answer.current) }
                    continuation.finish()
                })
        }
        if let refusal = try await begun.futureResult.get() { throw refusal.error }
        return stream
    }

    private final class SharedAnswer: Sendable {
        private let state = Mutex(RelayedAnswer())

        var current: RelayedAnswer { state.withLock { $0 } }

        func begin(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
            state.withLock { ($0.code, $0.headers) = (Int(status.code), headers) }
        }

        /// Whether there was room for it.
        func append(_ buffer: ByteBuffer) -> Bool {
            state.withLock { state in
                guard state.body.count + buffer.readableBytes <= answerMax else { return false }
                state.body.append(contentsOf: buffer.readableBytesView)
                return true
            }
        }

        /// The complete lines of a good answer; what is not complete stays.
        func takeLines() -> [[UInt8]] {
            state.withLock { state in
                guard state.code == 200, let end = state.body.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
                let lines = state.body[..<end].split(separator: UInt8(ascii: "\n")).map(Array.init)
                state.body.removeFirst(end + 1)
                return lines
            }
        }
    }
}

extension RelayedAnswer {
    /// What the other server says is wrong; an error that is no Status is told with its code.
    var error: StatusError {
        if let value = try? Value(json: body), let error = StatusError(status: value) { return error }
        return StatusError(
            code: code, reason: code == 503 ? .serviceUnavailable : .unknown,
            message: String(decoding: body.prefix(1024), as: UTF8.self))
    }
}
