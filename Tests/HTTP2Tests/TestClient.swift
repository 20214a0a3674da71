internal import HTTP2
internal import NIOCore
internal import NIOHPACK

/// One frame, as the other end sees it.
struct PlainFrame: Equatable {
    var type: UInt8
    var flags: UInt8 = 0
    var stream: UInt32
    var payload: [UInt8] = []
}

/// The other end of a connection, in bytes.
final class TestClient {
    static let get = [(":method", "GET"), (":scheme", "https"), (":path", "/version?x=1"), (":authority", "apus")]

    let connection: HTTP2Connection
    private let users: Users
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    var now: Int64 = 0

    private final class Users {
        var all: [UInt32: Recorder] = [:]
    }

    init(limits: HTTP2Limits = HTTP2Limits(), greets: Bool = true) throws {
        let users = Users()
        self.users = users
        connection = HTTP2Connection(limits: limits) { stream, head in
            let user = Recorder(stream, head)
            users.all[stream.id] = user
            return user
        }
        _ = take()
        guard greets else { return }
        try send(Self.preface + Self.bytes(PlainFrame(type: 4, stream: 0)))
        _ = take()
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    func user(_ stream: UInt32) -> Recorder? { users.all[stream] }

    func send(_ bytes: [UInt8]) throws(HTTP2Error) { try connection.receive(ByteBuffer(bytes: bytes), now: now) }

    func send(_ type: UInt8, _ flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) throws(HTTP2Error) {
        try send(Self.bytes(PlainFrame(type: type, flags: flags, stream: stream, payload: payload)))
    }

    /// Asks for something; with `isWhole` there is no body.
    func request(_ stream: UInt32, _ headers: [(String, String)] = get, isWhole: Bool = true) throws {
        try send(1, isWhole ? 5 : 4, stream: stream, try block(headers))
    }

    func block(_ headers: [(String, String)]) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try encoder.encode(headers: HPACKHeaders(headers), to: &buffer)
        return Array(buffer.readableBytesView)
    }

    /// What the server has sent since the last time.
    func take() -> [PlainFrame] {
        var output = connection.takeOutput()
        var frames: [PlainFrame] = []
        while let word = output.readInteger(as: UInt32.self), let flags = output.readInteger(as: UInt8.self),
            let stream = output.readInteger(as: UInt32.self), let payload = output.readBytes(length: Int(word >> 8))
        {
            frames.append(PlainFrame(type: UInt8(word & 0xff), flags: flags, stream: stream, payload: payload))
        }
        return frames
    }

    func headers(_ frame: PlainFrame?) throws -> [String] {
        var buffer = ByteBuffer(bytes: frame?.payload ?? [])
        return try decoder.decodeHeaders(from: &buffer).map { "\($0.name): \($0.value)" }
    }

    static func bytes(_ frame: PlainFrame) -> [UInt8] {
        let length = frame.payload.count
        let head = [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), frame.type, frame.flags]
        return head + number(frame.stream) + frame.payload
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A setting as six bytes.
    static func setting(_ name: UInt8, _ value: UInt32) -> [UInt8] { [0, name] + number(value) }
}

/// Notes what it is told.
final class Recorder: HTTP2StreamUser {
    let stream: HTTP2Stream
    let head: HTTP2RequestHead
    private(set) var body: [UInt8] = []
    private(set) var isWhole = false
    private(set) var isClosed = false
    private(set) var writableCalls = 0

    init(_ stream: HTTP2Stream, _ head: HTTP2RequestHead) {
        self.stream = stream
        self.head = head
    }

    func receive(_ bytes: ByteBuffer) { body += bytes.readableBytesView }
    func receiveEnd() { isWhole = true }
    func becameWritable() { writableCalls += 1 }
    func closed() { isClosed = true }
}
