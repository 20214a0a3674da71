internal import HTTP2
internal import NIOCore
internal import Testing

@Suite("A connection of HTTP/2")
struct HTTP2ConnectionTests {
    @Test("says its settings first, and acknowledges the client's")
    func settings() throws {
        let connection = HTTP2Connection { Recorder($0, $1) }
        let greeting = connection.takeOutput()
        #expect(greeting.getInteger(at: 3, as: UInt8.self) == 4)
        let client = try TestClient(greets: false)
        try client.send(TestClient.preface + TestClient.bytes(PlainFrame(type: 4, stream: 0)))
        #expect(client.take() == [PlainFrame(type: 4, flags: 1, stream: 0)])
    }

    @Test("hands on a request, and sends its answer")
    func request() throws {
        let client = try TestClient()
        try client.request(1)
        let user = try #require(client.user(1))
        #expect(user.head.method == "GET")
        #expect(user.head.target == "/version?x=1")
        #expect(user.head.headers == [HTTP2RequestHead.HeaderField("host", "apus")])
        #expect(user.isWhole)
        user.stream.respond(201, [("Content-Type", "text/plain"), ("X-More", "a")])
        user.stream.write([Array("he".utf8), Array("llo".utf8)], isLast: true)
        let frames = client.take()
        #expect(try client.headers(frames.first) == [":status: 201", "content-type: text/plain", "x-more: a"])
        #expect(frames.last == PlainFrame(type: 0, flags: 1, stream: 1, payload: Array("hello".utf8)))
        #expect(user.isClosed)
        #expect(client.connection.streams.isEmpty)
    }

    @Test("asks the peer to go elsewhere, and answers what comes all the same")
    func leaves() throws {
        let client = try TestClient()
        try client.request(1)
        client.connection.leave()
        client.connection.leave()
        let told = PlainFrame(type: 7, stream: 0, payload: TestClient.number(0x7fff_ffff) + TestClient.number(0))
        #expect(client.take() == [told])
        try client.request(3)
        for stream in [1, 3] as [UInt32] { client.user(stream)?.stream.respond(200, [], isLast: true) }
        #expect(client.take().map(\.type) == [1, 1])
        #expect(client.connection.streams.isEmpty && !client.connection.isClosed)
    }

    @Test("reads frames however they are cut")
    func cuts() throws {
        let client = try TestClient(greets: false)
        let head = try client.block(TestClient.get + [("content-length", "3")])
        let bytes =
            TestClient.preface + TestClient.bytes(PlainFrame(type: 4, stream: 0))
            + TestClient.bytes(PlainFrame(type: 1, flags: 0, stream: 1, payload: Array(head.prefix(3))))
            + TestClient.bytes(PlainFrame(type: 9, flags: 4, stream: 1, payload: Array(head.dropFirst(3))))
            + TestClient.bytes(PlainFrame(type: 0, flags: 8, stream: 1, payload: [2, 7, 8, 0, 0]))
            + TestClient.bytes(PlainFrame(type: 0, flags: 1, stream: 1, payload: [9]))
        for byte in bytes { try client.send([byte]) }
        let user = try #require(client.user(1))
        #expect(user.body == [7, 8, 9])
        #expect(user.isWhole)
    }

    @Test("takes trailers as the end of a body, and joins the crumbs of a cookie")
    func trailers() throws {
        let client = try TestClient()
        try client.request(1, TestClient.get + [("cookie", "a=1"), ("cookie", "b=2")], isWhole: false)
        try client.send(0, stream: 1, [1])
        try client.send(1, 5, stream: 1, try client.block([("x-checksum", "1")]))
        let user = try #require(client.user(1))
        #expect(user.isWhole)
        #expect(user.head.headers.contains(HTTP2RequestHead.HeaderField("cookie", "a=1; b=2")))
    }

    @Test("answers a ping")
    func ping() throws {
        let client = try TestClient()
        try client.send(6, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(client.take() == [PlainFrame(type: 6, flags: 1, stream: 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])])
    }

    @Test("tells who answers that a stream, or the connection, is gone")
    func ends() throws {
        let client = try TestClient()
        try client.request(1)
        try client.request(3)
        try client.send(3, stream: 1, TestClient.number(8))
        #expect(client.user(1)?.isClosed == true)
        #expect(client.user(3)?.isClosed == false)
        client.connection.close()
        #expect(client.user(3)?.isClosed == true)
        client.user(3)?.stream.write([[1]])
        #expect(client.take().isEmpty)
    }

    @Test("lets go of a request that is answered before it is whole")
    func earlyAnswer() throws {
        let client = try TestClient()
        try client.request(1, isWhole: false)
        client.user(1)?.stream.respond(413, [], isLast: true)
        #expect(client.take().last == PlainFrame(type: 3, stream: 1, payload: TestClient.number(0)))
        try client.send(0, stream: 1, [1, 2, 3])
        #expect(client.take().isEmpty)
    }

    @Test("refuses streams beyond its limit, and serves again when one has ended")
    func streamLimit() throws {
        var limits = HTTP2Limits()
        limits.streams = 1
        let client = try TestClient(limits: limits)
        try client.request(1)
        try client.request(3)
        #expect(client.take() == [PlainFrame(type: 3, stream: 3, payload: TestClient.number(7))])
        client.user(1)?.stream.respond(200, [], isLast: true)
        try client.request(5)
        #expect(client.user(5) != nil)
    }
}
