package import NIOCore

/// Takes PINGs (RFC 9113, section 6.7) and resets with "no error" (section 6.4) out of a stream of HTTP/2 frames,
/// which may be cut anywhere.
///
/// Understands the nine bytes before each frame and nothing else. All other frames pass unchanged;
/// a PING's answer (an acknowledgement of ours coming back) passes too.
package struct ControlFrameFilter: Sendable {
    /// What one piece of input turns into.
    package struct Output: Sendable, Equatable {
        /// Everything but what is taken out, in order.
        package var passed: ByteBuffer
        /// The frames that answer the pings found, in order.
        package var answers: ByteBuffer
    }

    private static let headerLength = 9
    private static let pingLength = 8
    private static let pingType: UInt8 = 6
    private static let acknowledgeFlag: UInt8 = 1
    private static let resetLength = 4
    private static let resetType: UInt8 = 3

    /// What a frame turns out to be, as far as its bytes are there.
    private enum Frame {
        case ping
        /// A reset, whose reason can be read once the frame is whole.
        case reset
        case other
    }

    /// The beginning of a frame that cannot be judged yet: less than a header, or than a whole PING.
    private var held = ByteBuffer()
    /// How many bytes of the frame under way are still to come; they pass unseen.
    private var passing = 0

    package init() {}

    /// Takes the next bytes from the wire.
    package mutating func filter(_ input: ByteBuffer) -> Output {
        var input = input
        if held.readableBytes > 0 {
            held.writeBuffer(&input)
            input = held
            held = ByteBuffer()
        }
        var output = Output(passed: ByteBuffer(), answers: ByteBuffer())
        var kept = 0
        while kept < input.readableBytes {
            let rest = input.readableBytes - kept
            if passing > 0 {
                let count = min(passing, rest)
                passing -= count
                kept += count
                continue
            }
            guard rest >= Self.headerLength else { break }
            let start = input.readerIndex + kept
            let length = Self.headerLength + Self.lengthOfPayload(in: input, at: start)
            let frame = Self.frame(in: input, at: start)
            guard frame == .other || rest >= length else { break }
            if frame == .other || (frame == .reset && !Self.isHarmlessReset(in: input, at: start)) {
                passing = length
                continue
            }
            Self.pass(kept, of: &input, to: &output.passed)
            let taken = input.readSlice(length: length)
            if frame == .ping { Self.answer(taken, into: &output.answers) }
            kept = 0
        }
        Self.pass(kept, of: &input, to: &output.passed)
        if input.readableBytes > 0 { held = input }
        return output
    }

    private static func lengthOfPayload(in input: ByteBuffer, at start: Int) -> Int {
        let high = input.getInteger(at: start, as: UInt8.self) ?? 0
        let low = input.getInteger(at: start + 1, as: UInt16.self) ?? 0
        return Int(high) << 16 | Int(low)
    }

    /// A PING that asks for an answer, a reset of the right length, or something else.
    private static func frame(in input: ByteBuffer, at start: Int) -> Frame {
        let length = lengthOfPayload(in: input, at: start)
        let type = input.getInteger(at: start + 3, as: UInt8.self)
        let flags = input.getInteger(at: start + 4, as: UInt8.self) ?? 0
        if type == pingType && length == pingLength && flags & acknowledgeFlag == 0 { return .ping }
        return type == resetType && length == resetLength ? .reset : .other
    }

    /// "No error" is what a server says that has answered and does not care for the rest of the request.
    private static func isHarmlessReset(in input: ByteBuffer, at start: Int) -> Bool {
        input.getInteger(at: start + headerLength, as: UInt32.self) == 0
    }

    /// Moves `count` bytes on; the usual case, nothing passed before, copies nothing.
    private static func pass(_ count: Int, of input: inout ByteBuffer, to passed: inout ByteBuffer) {
        guard count > 0, var slice = input.readSlice(length: count) else { return }
        if passed.readableBytes == 0 { passed = slice } else { passed.writeBuffer(&slice) }
    }

    private static func answer(_ ping: ByteBuffer?, into answers: inout ByteBuffer) {
        guard var answer = ping else { return }
        answer.setInteger(acknowledgeFlag, at: answer.readerIndex + 4)
        answers.writeBuffer(&answer)
    }
}
