internal import HTTP2
internal import Testing

@Suite("A peer that breaks the rules")
struct BadPeerTests {
    /// Frames after a request on stream 1 has begun.
    static let fatal: [(String, [PlainFrame], HTTP2ErrorCode)] = [
        ("data on the connection", [PlainFrame(type: 0, stream: 0)], .protocolError),
        ("data on a stream that never was", [PlainFrame(type: 0, stream: 9)], .protocolError),
        ("padding longer than the frame", [PlainFrame(type: 0, flags: 8, stream: 1, payload: [5, 1])], .protocolError),
        ("a stream of even number", [PlainFrame(type: 1, flags: 5, stream: 2)], .protocolError),
        ("a header block that is none", [PlainFrame(type: 1, flags: 5, stream: 3, payload: [0xff])], .compressionError),
        ("a continuation of nothing", [PlainFrame(type: 9, flags: 4, stream: 1)], .protocolError),
        (
            "an interrupted header block",
            [PlainFrame(type: 1, flags: 0, stream: 3), PlainFrame(type: 6, stream: 0, payload: [0, 0, 0, 0, 0, 0, 0, 0])],
            .protocolError
        ),
        ("a reset of a stream that never was", [PlainFrame(type: 3, stream: 9, payload: [0, 0, 0, 8])], .protocolError),
        ("a reset of three bytes", [PlainFrame(type: 3, stream: 1, payload: [0, 0, 8])], .frameSizeError),
        ("settings on a stream", [PlainFrame(type: 4, stream: 1)], .protocolError),
        ("settings of seven bytes", [PlainFrame(type: 4, stream: 0, payload: [0, 4, 0, 0, 0, 1, 0])], .frameSizeError),
        ("an acknowledgement with content", [PlainFrame(type: 4, flags: 1, stream: 0, payload: [0])], .frameSizeError),
        (
            "a window beyond 2^31-1",
            [PlainFrame(type: 4, stream: 0, payload: TestClient.setting(4, 1 << 31))], .flowControlError
        ),
        ("tiny frames", [PlainFrame(type: 4, stream: 0, payload: TestClient.setting(5, 100))], .protocolError),
        ("a push", [PlainFrame(type: 5, stream: 1)], .protocolError),
        ("a ping on a stream", [PlainFrame(type: 6, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])], .protocolError),
        ("a ping of one byte", [PlainFrame(type: 6, stream: 0, payload: [0])], .frameSizeError),
        ("a window update of nothing", [PlainFrame(type: 8, stream: 0, payload: [0, 0, 0, 0])], .protocolError),
        (
            "a connection's window beyond 2^31-1",
            [PlainFrame(type: 8, stream: 0, payload: TestClient.number(0x7fff_ffff))], .flowControlError
        ),
        ("GOAWAY on a stream", [PlainFrame(type: 7, stream: 1, payload: Array(repeating: 0, count: 8))], .protocolError),
        ("GOAWAY of four bytes", [PlainFrame(type: 7, stream: 0, payload: [0, 0, 0, 0])], .frameSizeError),
        (
            "that it has given up",
            [PlainFrame(type: 7, stream: 0, payload: TestClient.number(0) + TestClient.number(1))], .noError
        ),
        ("a frame of 17 KB", [PlainFrame(type: 0, stream: 1, payload: Array(repeating: 0, count: 17_000))], .frameSizeError),
    ]

    @Test("is left", arguments: fatal)
    func isLeft(_ what: String, _ frames: [PlainFrame], _ code: HTTP2ErrorCode) throws {
        let client = try TestClient()
        try client.request(1, isWhole: false)
        let error = #expect(throws: HTTP2Error.self, Comment(rawValue: what)) {
            for frame in frames { try client.send(TestClient.bytes(frame)) }
        }
        #expect(error?.code == code, Comment(rawValue: what))
    }

    @Test("that leaves in order gets its answers")
    func farewell() throws {
        let client = try TestClient()
        try client.request(1)
        try client.send(7, stream: 0, TestClient.number(0) + TestClient.number(0))
        client.user(1)?.stream.respond(200, [], isLast: true)
        #expect(client.take().map(\.type) == [1])
        #expect(client.user(1)?.isClosed == true)
    }

    @Test("is left when it does not speak HTTP/2")
    func otherProtocol() throws {
        let client = try TestClient(greets: false)
        #expect(throws: HTTP2Error.self) { try client.send(Array("GET / HTTP/1.1\r\n".utf8)) }
    }

    static let malformed: [(String, [(String, String)])] = [
        ("no path", [(":method", "GET"), (":scheme", "https")]),
        ("a pseudo field twice", TestClient.get + [(":path", "/")]),
        ("a pseudo field after others", [("accept", "a")] + TestClient.get),
        ("an unknown pseudo field", [(":status", "200")] + TestClient.get),
        ("capitals", TestClient.get + [("X-Odd", "a")]),
        ("a field of the connection", TestClient.get + [("connection", "close")]),
        ("a line break in a value", TestClient.get + [("x-a", "b\r\nc: d")]),
        ("te that is not trailers", TestClient.get + [("te", "gzip")]),
        ("a body's length and no body", TestClient.get + [("content-length", "4")]),
        ("a length that is no number", TestClient.get + [("content-length", "x")]),
    ]

    @Test("loses the one stream that is malformed", arguments: malformed)
    func losesStream(_ what: String, _ headers: [(String, String)]) throws {
        let client = try TestClient()
        try client.request(1, headers)
        #expect(client.take() == [PlainFrame(type: 3, stream: 1, payload: TestClient.number(1))], Comment(rawValue: what))
        #expect(client.user(1) == nil)
        try client.request(3)
        #expect(client.user(3) != nil)
    }

    @Test("loses a stream whose body is not as long as it said")
    func length() throws {
        for sizes in [[2], [2, 3]] {
            let client = try TestClient()
            try client.request(1, TestClient.get + [("content-length", "4")], isWhole: false)
            for (index, size) in sizes.enumerated() {
                let isLast = index == sizes.count - 1
                try client.send(0, isLast ? 1 : 0, stream: 1, Array(repeating: 0, count: size))
            }
            #expect(client.take() == [PlainFrame(type: 3, stream: 1, payload: TestClient.number(1))])
            #expect(client.user(1)?.isWhole == false)
            #expect(client.user(1)?.isClosed == true)
        }
    }

    @Test("is left when it opens streams only to break them, and not when it takes its time")
    func rapidResets() throws {
        for (pause, isLeft) in [(Int64(0), true), (10_000_000, false)] {
            let client = try TestClient()
            var id: UInt32 = 1
            func churn() throws {
                for _ in 0..<2000 {
                    try client.request(id)
                    try client.send(3, stream: id, TestClient.number(8))
                    id += 2
                    client.now += pause
                }
            }
            if isLeft {
                #expect(throws: HTTP2Error.self) { try churn() }
            } else {
                try churn()
            }
        }
    }

    @Test("is left when it asks and does not read the answers")
    func unreadAnswers() throws {
        var limits = HTTP2Limits()
        limits.unreadControl = 100
        let client = try TestClient(limits: limits)
        client.connection.channelWritabilityChanged(false)
        let error = #expect(throws: HTTP2Error.self) {
            for _ in 0..<10 { try client.send(6, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0]) }
        }
        #expect(error?.code == .enhanceYourCalm)
    }

    @Test("cannot make a header block without end")
    func endlessHeaders() throws {
        var limits = HTTP2Limits()
        limits.headers = 1000
        let client = try TestClient(limits: limits)
        try client.send(1, 1, stream: 1, [0x40])
        #expect(throws: HTTP2Error.self) {
            for _ in 0..<100 { try client.send(9, stream: 1, Array(repeating: 0x41, count: 100)) }
        }
    }
}
