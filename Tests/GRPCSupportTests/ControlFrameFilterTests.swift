import GRPCSupport
import NIOCore
import Testing

@Suite("ControlFrameFilter")
struct ControlFrameFilterTests {
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0]
    private static let data: [UInt8] = [0, 0, 5, 0, 1, 0, 0, 0, 3] + [6, 0, 8, 6, 0]
    private static let acknowledged: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0] + Array(repeating: 9, count: 8)

    private static func ping(_ mark: UInt8, flags: UInt8 = 0) -> [UInt8] {
        [0, 0, 8, 6, flags, 0, 0, 0, 0] + Array(repeating: mark, count: 8)
    }

    @Test("pings are taken out and answered, wherever the stream is cut", arguments: 1...60)
    func takesPingsOut(_ size: Int) {
        let wire =
            Self.settings + Self.ping(1) + Self.ping(2) + Self.data + Self.acknowledged + Self.ping(3) + Self.settings
        var filter = ControlFrameFilter()
        var passed: [UInt8] = []
        var answers: [UInt8] = []
        for start in stride(from: 0, to: wire.count, by: size) {
            let output = filter.filter(ByteBuffer(bytes: wire[start..<min(start + size, wire.count)]))
            passed += output.passed.readableBytesView
            answers += output.answers.readableBytesView
        }
        #expect(passed == Self.settings + Self.data + Self.acknowledged + Self.settings)
        #expect(answers == Self.ping(1, flags: 1) + Self.ping(2, flags: 1) + Self.ping(3, flags: 1))
    }

    @Test("a reset goes when it says no error, and passes when it gives a reason", arguments: 1...30)
    func dropsHarmlessResets(_ size: Int) {
        let harmless: [UInt8] = [0, 0, 4, 3, 0, 0, 0, 0, 5, 0, 0, 0, 0]
        let refused: [UInt8] = [0, 0, 4, 3, 0, 0, 0, 0, 7, 0, 0, 0, 7]
        let wire = Self.data + harmless + refused + harmless + Self.settings
        var filter = ControlFrameFilter()
        var passed: [UInt8] = []
        for start in stride(from: 0, to: wire.count, by: size) {
            let output = filter.filter(ByteBuffer(bytes: wire[start..<min(start + size, wire.count)]))
            passed += output.passed.readableBytesView
            #expect(output.answers.readableBytes == 0)
        }
        #expect(passed == Self.data + refused + Self.settings)
    }

    @Test("a frame that only looks like a ping inside its payload passes")
    func readsNoPayload() {
        let frame: [UInt8] = [0, 0, 17, 0, 0, 0, 0, 0, 1] + Self.ping(7)
        var filter = ControlFrameFilter()
        let output = filter.filter(ByteBuffer(bytes: frame))
        #expect(Array(output.passed.readableBytesView) == frame)
        #expect(output.answers.readableBytes == 0)
    }
}
