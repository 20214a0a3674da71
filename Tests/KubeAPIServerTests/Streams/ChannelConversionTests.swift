import APIMachinery
import KubeAPIServer
import NIOCore
import Testing

@Suite("Exec between WebSocket and SPDY")
struct ChannelConversionTests {
    private static let status = #"{"metadata":{},"status":"Failure","reason":"NonZeroExitCode"}"#

    private static func piece(_ bytes: [UInt8], begins: Bool = true, ends: Bool = true) -> WebSocketReader.Event {
        .piece(ByteBuffer(bytes: bytes), begins: begins, ends: ends)
    }

    private static func toClient(_ channel: UInt8, _ text: String) -> StreamAction {
        .toClient(WebSocketWriter.binary(ByteBuffer(string: text), prefix: [channel]))
    }

    private static func begun(isTerminal: Bool = false) -> ChannelConversion {
        var conversion = ChannelConversion(stdin: true, stdout: true, stderr: true, isTerminal: isTerminal)
        _ = conversion.opened()
        return conversion
    }

    private static func data(_ stream: UInt32, _ text: String, isLast: Bool = false) -> ByteBuffer {
        SPDYWriter.data(ByteBuffer(string: text), stream: stream, isLast: isLast)
    }

    @Test("which streams are opened", arguments: [
        (true, true, true, false, 4, UInt8(1)), (true, true, false, true, 4, 1), (true, true, true, true, 4, 1),
        (false, false, true, false, 2, 2), (false, false, false, false, 1, 3),
    ])
    func opened(stdin: Bool, stdout: Bool, stderr: Bool, isTerminal: Bool, streams: Int, greeted: UInt8) {
        var conversion = ChannelConversion(stdin: stdin, stdout: stdout, stderr: stderr, isTerminal: isTerminal)
        let actions = conversion.opened()
        #expect(actions.count == streams + 1)
        #expect(actions.first == Self.toClient(greeted, ""))
    }

    @Test func inputGoesOnAsItComesAndEndsByTheSignal() throws {
        var conversion = Self.begun()
        #expect(try conversion.received(fromClient: Self.piece([0], ends: false)) == [])
        #expect(
            try conversion.received(fromClient: Self.piece(Array("hel".utf8), begins: false, ends: false))
                == [.toBackend(Self.data(3, "hel"))])
        #expect(
            try conversion.received(fromClient: Self.piece(Array("lo".utf8), begins: false))
                == [.toBackend(Self.data(3, "lo"))])
        #expect(try conversion.received(fromClient: Self.piece([255, 0])) == [.toBackend(Self.data(3, "", isLast: true))])
        #expect(try conversion.received(fromClient: Self.piece([255, 0])) == [])
        #expect(try conversion.received(fromClient: Self.piece([0, 65])) == [])
        #expect(throws: StreamProtocolError.self) { try conversion.received(fromClient: Self.piece([255, 9])) }
    }

    @Test func sizesGoToATerminalOnly() throws {
        var plain = Self.begun()
        #expect(try plain.received(fromClient: Self.piece([4] + Array("{}".utf8))) == [])
        var terminal = Self.begun(isTerminal: true)
        #expect(
            try terminal.received(fromClient: Self.piece([4] + Array("{}".utf8))) == [.toBackend(Self.data(7, "{}"))])
    }

    @Test func theStatusComesLast() throws {
        var conversion = Self.begun()
        #expect(try conversion.received(fromBackend: Self.data(1, Self.status, isLast: true)) == [])
        #expect(try conversion.received(fromBackend: Self.data(5, "out", isLast: true)) == [Self.toClient(1, "out")])
        #expect(
            try conversion.received(fromBackend: Self.data(7, "err", isLast: true))
                == [Self.toClient(2, "err"), Self.toClient(3, Self.status), .toClient(WebSocketWriter.close()), .finish])
        #expect(conversion.backendEnded() == [])
    }

    @Test func aBackendThatVanishesIsAnErrorUnlessItHasSaidHowItWent() throws {
        var lost = Self.begun()
        guard case .toClient(let message) = lost.backendEnded().first else {
            Issue.record("nothing is said")
            return
        }
        #expect(String(buffer: message).contains("Internal error occurred"))
        var done = Self.begun()
        _ = try done.received(fromBackend: Self.data(1, Self.status))
        #expect(done.backendEnded().first == Self.toClient(3, Self.status))
    }

    @Test func aClientThatVanishesHasEndedItsInput() {
        var conversion = Self.begun()
        #expect(conversion.clientEnded() == [.toBackend(Self.data(3, "", isLast: true))])
        #expect(conversion.clientEnded() == [])
    }

    @Test func pingsOfTheServerAreAnswered() throws {
        var conversion = Self.begun()
        #expect(try conversion.received(fromBackend: SPDYWriter.ping(2)) == [.toBackend(SPDYWriter.ping(2))])
        #expect(try conversion.received(fromBackend: SPDYWriter.ping(1)) == [])
    }

    @Test func aStatusWithoutEndIsRefused() {
        var conversion = Self.begun()
        let flood = SPDYWriter.data(ByteBuffer(repeating: 65, count: 70_000), stream: 1)
        #expect(throws: StreamProtocolError.self) { try conversion.received(fromBackend: flood) }
    }

    @Test("answers to the wish for another protocol", arguments: [
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4\r\n\r\nrest", 101, "", "rest"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope\nmore", 404, "nope\n", "more"),
        ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500, "", ""),
    ])
    func answers(text: String, code: Int, body: String, rest: String) throws {
        for step in [1, 3, 1000] {
            var (answer, buffer, isComplete) = (UpgradeAnswer(), ByteBuffer(), false)
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: step) {
                buffer.writeBytes(bytes[start..<min(start + step, bytes.count)])
                if !isComplete { isComplete = try answer.take(&buffer) }
            }
            #expect(isComplete && answer.code == code && String(decoding: answer.body, as: UTF8.self) == body)
            #expect(String(buffer: buffer) == rest)
        }
    }
}
