import KubeAPIServer
import NIOCore
import Testing

@Suite("What a WebSocket client sends")
struct WebSocketReaderTests {
    /// A masked frame as a client writes it.
    private static func frame(_ first: UInt8, _ payload: [UInt8], key: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
        let size: [UInt8] =
            payload.count < 126 ? [UInt8(payload.count) | 0x80]
            : [126 | 0x80, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        return [first] + size + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    private static func events(_ bytes: [UInt8], by step: Int) throws -> [WebSocketReader.Event] {
        var (reader, buffer, events) = (WebSocketReader(), ByteBuffer(), [WebSocketReader.Event]())
        for start in stride(from: 0, to: bytes.count, by: step) {
            buffer.writeBytes(bytes[start..<min(start + step, bytes.count)])
            while let event = try reader.next(&buffer) { events.append(event) }
        }
        return events
    }

    @Test("a message is the same however its bytes arrive", arguments: [1, 2, 3, 7, 16, 50, 4096])
    func pieces(step: Int) throws {
        let long = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let bytes = Self.frame(0x02, long) + Self.frame(0x89, [9, 9]) + Self.frame(0x80, [5, 6, 7]) + Self.frame(0x82, [])
        var messages: [[UInt8]] = []
        var current: [UInt8] = []
        var others: [WebSocketReader.Event] = []
        for event in try Self.events(bytes, by: step) {
            guard case .piece(let piece, let begins, let ends) = event else {
                others.append(event)
                continue
            }
            #expect(begins == current.isEmpty)
            current += piece.readableBytesView
            if ends {
                messages.append(current)
                current = []
            }
        }
        #expect(messages == [long + [5, 6, 7], []])
        #expect(others == [.ping(ByteBuffer(bytes: [9, 9]))])
    }

    @Test("what breaks the protocol", arguments: [
        [0x82, 0x01, 0x00],  // without a mask
        frame(0x80, [1]),  // a continuation of nothing
        frame(0x02, [1]) + frame(0x82, [1]),  // a message inside a message
        frame(0x09, []),  // a ping in parts
        frame(0x89, [UInt8](repeating: 0, count: 126)),
        frame(0xc2, [1]),  // a reserved bit
        frame(0x83, [1]),  // a kind that is none
    ])
    func refused(bytes: [UInt8]) {
        #expect(throws: StreamProtocolError.self) { try Self.events(bytes, by: 1) }
    }

    @Test func lengthsAreWrittenInTheShortestForm() {
        for (count, head) in [(125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = WebSocketWriter.binary(ByteBuffer(repeating: 0, count: count - 1), prefix: [1])
            #expect(frame.readableBytes == head + count)
        }
        #expect(WebSocketWriter.close() == ByteBuffer(bytes: [0x88, 0x02, 0x03, 0xe8]))
    }

    @Test func theHandshakeProvesThatTheKeyWasRead() throws {
        func headers(_ key: String, _ version: String = "13") -> RequestHeaders {
            RequestHeaders([
                ("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket"), ("sec-websocket-key", key),
                ("sec-websocket-version", version), ("sec-websocket-protocol", "a, b"),
            ])
        }
        // The example of RFC 6455, section 1.3.
        let handshake = try #require(try WebSocketHandshake(headers("dGhlIHNhbXBsZSBub25jZQ==")))
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.offered == ["a", "b"])
        #expect(throws: (any Error).self) { try WebSocketHandshake(headers("c2hvcnQ=")) }
        #expect(throws: (any Error).self) { try WebSocketHandshake(headers("dGhlIHNhbXBsZSBub25jZQ==", "8")) }
        #expect(try WebSocketHandshake(RequestHeaders([("connection", "Upgrade"), ("upgrade", "SPDY/3.1")])) == nil)
    }
}
