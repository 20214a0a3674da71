internal import NIOCore
internal import NIOHTTP1

/// Where the answer to one request goes: a connection of HTTP/1.1, or a stream of HTTP/2. On its event loop only.
protocol AnswerSink: AnyObject {
    var eventLoop: any EventLoop { get }
    /// False when nobody is there any more to be answered.
    var isOpen: Bool { get }
    /// When nobody is there any more.
    var gone: EventLoopFuture<Void> { get }
    /// False while what was written waits for the client.
    var isWritable: Bool { get }
    /// The connection as a whole, where it may become something else.
    var http1: HTTP1Connection? { get }

    /// A whole answer; its headers tell the body's length.
    func send(_ status: Int, _ headers: [(name: String, value: String)], body: [[UInt8]])

    /// Ends the connection after the answer that is given next, or after all that are under way on it.
    func leaveConnection()

    // An answer in pieces: its head, some writes, its end.
    func begin(_ status: Int, _ headers: [(name: String, value: String)])
    func write(_ frames: [[UInt8]])
    /// - returns: when there is room for more.
    func write(_ buffer: ByteBuffer) -> EventLoopFuture<Void>
    func end()
}

/// A connection of HTTP/1.1, and what has to leave it before it becomes a tunnel.
struct HTTP1Connection {
    let channel: any Channel
    let encoder: HTTPResponseEncoder
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    let pipelining: HTTPServerPipelineHandler
    let handler: HTTP1Handler
}

/// Gathers a request's body, up to what any request may have.
struct RequestBody {
    private(set) var bytes: [UInt8] = []
    private(set) var isTooLarge = false

    mutating func append(_ buffer: ByteBuffer) {
        guard bytes.count + buffer.readableBytes <= BodyDecoder.bodyMax else { return isTooLarge = true }
        bytes.append(contentsOf: buffer.readableBytesView)
    }
}
