internal import HTTP2
internal import Testing

@Suite("Flow control")
struct FlowControlTests {
    @Test("an answer waits for the window of its stream")
    func streamWindow() throws {
        let client = try TestClient()
        try client.send(4, stream: 0, TestClient.setting(4, 5))
        try client.request(1)
        let user = try #require(client.user(1))
        user.stream.respond(200, [])
        _ = client.take()
        user.stream.write([[1, 2, 3], [4, 5, 6, 7]])
        #expect(
            client.take() == [
                PlainFrame(type: 0, stream: 1, payload: [1, 2, 3]), PlainFrame(type: 0, stream: 1, payload: [4, 5]),
            ])
        #expect(!user.stream.isWritable)
        try client.send(8, stream: 1, TestClient.number(1))
        #expect(client.take() == [PlainFrame(type: 0, stream: 1, payload: [6])])
        #expect(user.writableCalls == 0)
        try client.send(8, stream: 1, TestClient.number(10))
        #expect(client.take() == [PlainFrame(type: 0, stream: 1, payload: [7])])
        #expect(user.writableCalls == 1)
        user.stream.end()
        #expect(client.take() == [PlainFrame(type: 0, flags: 1, stream: 1)])
    }

    @Test("a window made smaller is owed, and paid back first")
    func negativeWindow() throws {
        let client = try TestClient()
        try client.send(4, stream: 0, TestClient.setting(4, 10))
        try client.request(1)
        let stream = try #require(client.user(1)).stream
        stream.respond(200, [])
        stream.write([Array(repeating: 1, count: 10)])
        try client.send(4, stream: 0, TestClient.setting(4, 4))
        stream.write([[2]], isLast: true)
        _ = client.take()
        try client.send(8, stream: 1, TestClient.number(6))
        #expect(client.take().isEmpty)
        try client.send(8, stream: 1, TestClient.number(1))
        #expect(client.take() == [PlainFrame(type: 0, flags: 1, stream: 1, payload: [2])])
    }

    @Test("streams share the connection's window in turns, and none starves another")
    func turns() throws {
        let client = try TestClient()
        try client.send(4, stream: 0, TestClient.setting(4, 1 << 20))
        for id: UInt32 in [1, 3] { try client.request(id) }
        for id: UInt32 in [1, 3] {
            client.user(id)?.stream.respond(200, [])
            client.user(id)?.stream.write([Array(repeating: UInt8(id), count: 100_000)], isLast: true)
        }
        let first = client.take().filter { $0.type == 0 }
        #expect(first.reduce(0) { $0 + $1.payload.count } == 65_535)
        #expect(first.allSatisfy { $0.stream == 1 && $0.payload.count <= 16_384 })
        try client.send(8, stream: 0, TestClient.number(1 << 20))
        let rest = client.take().filter { $0.type == 0 }
        #expect(rest.prefix(4).map(\.stream) == [3, 1, 3, 1] || rest.prefix(4).map(\.stream) == [1, 3, 1, 3])
        #expect((first + rest).filter { $0.stream == 3 }.reduce(0) { $0 + $1.payload.count } == 100_000)
        #expect(client.user(1)?.isClosed == true && client.user(3)?.isClosed == true)
    }

    @Test("what comes after something that waits waits behind it")
    func order() throws {
        let client = try TestClient()
        try client.send(4, stream: 0, TestClient.setting(4, 2))
        try client.request(1)
        let stream = try #require(client.user(1)).stream
        stream.respond(200, [])
        stream.write([[1, 2, 3]])
        stream.write([[4]])
        _ = client.take()
        try client.send(8, stream: 1, TestClient.number(10))
        stream.write([[5]])
        #expect(client.take().flatMap(\.payload) == [3, 4, 5])
    }

    @Test("nothing is made for a channel that takes no more")
    func channel() throws {
        let client = try TestClient()
        try client.request(1)
        let user = try #require(client.user(1))
        user.stream.respond(200, [])
        _ = client.take()
        client.connection.channelWritabilityChanged(false)
        user.stream.write([[1]])
        #expect(client.take().isEmpty)
        client.connection.channelWritabilityChanged(true)
        #expect(client.take() == [PlainFrame(type: 0, stream: 1, payload: [1])])
        #expect(user.writableCalls > 0)
    }

    @Test("a client may send more as what it sent is taken, and no more than that")
    func receiving() throws {
        var limits = HTTP2Limits()
        limits.streamWindow = 100
        let client = try TestClient(limits: limits)
        try client.request(1, isWhole: false)
        try client.send(0, stream: 1, Array(repeating: 0, count: 60))
        #expect(client.take() == [PlainFrame(type: 8, stream: 1, payload: TestClient.number(60))])
        try client.send(0, stream: 1, Array(repeating: 0, count: 101))
        #expect(client.take() == [PlainFrame(type: 3, stream: 1, payload: TestClient.number(3))])
        #expect(client.user(1)?.isClosed == true)
    }
}
