package import NIOCore

/// Takes PING frames out of a stream of HTTP/2 frames (RFC 9113, section 6.7), which may be cut anywhere.
///
/// Understands the nine bytes before each frame and nothing else. What is not a PING passes unchanged;
/// a PING's answer (an acknowledgement of ours coming back) passes too.
package struct PingFilter: Sendable {
    /// What one piece of input turns into.
    package struct Output: Sendable, Equatable {
        /// Everything but the pings, in order.
        package var passed: ByteBuffer
        /// The frames that answer the pings found, in order.
        package var answers: ByteBuffer
    }

    private static let headerLength = 9
    private static let pingLength = 8
    private static let pingType: UInt8 = 6
    private static let acknowledgeFlag: UInt8 = 1

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
            guard let length = Self.lengthOfPing(in: input, at: start) else {
                passing = Self.headerLength + Self.lengthOfPayload(in: input, at: start)
                continue
            }
            guard rest >= length else { break }
            Self.pass(kept, of: &input, to: &output.passed)
            Self.answer(input.readSlice(length: length), into: &output.answers)
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

    /// The length of the frame if it is a PING that asks for an answer.
    private static func lengthOfPing(in input: ByteBuffer, at start: Int) -> Int? {
        let isPing =
            lengthOfPayload(in: input, at: start) == pingLength
            && input.getInteger(at: start + 3, as: UInt8.self) == pingType
            && input.getInteger(at: start + 4, as: UInt8.self).map { $0 & acknowledgeFlag } == 0
        return isPing ? headerLength + pingLength : nil
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
