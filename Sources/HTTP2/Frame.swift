internal import NIOCore

/// The kinds of frames (RFC 9113, section 6).
enum FrameType: UInt8 {
    case data = 0x0
    case headers = 0x1
    case priority = 0x2
    case resetStream = 0x3
    case settings = 0x4
    case pushPromise = 0x5
    case ping = 0x6
    case goAway = 0x7
    case windowUpdate = 0x8
    case continuation = 0x9
}

struct FrameFlags: OptionSet {
    let rawValue: UInt8

    static let acknowledged = FrameFlags(rawValue: 0x1)
    static let endStream = FrameFlags(rawValue: 0x1)
    static let endHeaders = FrameFlags(rawValue: 0x4)
    static let padded = FrameFlags(rawValue: 0x8)
    static let priority = FrameFlags(rawValue: 0x20)
}

/// One frame as it came; its type may be one that nobody knows.
struct Frame {
    static let headerSize = 9
    /// What we accept, and what a peer accepts that says nothing else.
    static let payloadMax = 1 << 14

    var type: UInt8
    var flags: FrameFlags
    var stream: UInt32
    var payload: ByteBuffer

    /// The next frame; `nil` when it has not come as a whole.
    static func read(_ bytes: inout ByteBuffer) throws(HTTP2Error) -> Frame? {
        let start = bytes.readerIndex
        guard let word = bytes.getInteger(at: start, as: UInt32.self) else { return nil }
        let length = Int(word >> 8)
        guard length <= payloadMax else { throw HTTP2Error(.frameSizeError, "a frame of \(length) bytes") }
        guard bytes.readableBytes >= headerSize + length,
            let flags = bytes.getInteger(at: start + 4, as: UInt8.self),
            let stream = bytes.getInteger(at: start + 5, as: UInt32.self)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: headerSize)
        guard let payload = bytes.readSlice(length: length) else { return nil }
        return Frame(
            type: UInt8(truncatingIfNeeded: word), flags: FrameFlags(rawValue: flags), stream: stream & 0x7fff_ffff,
            payload: payload)
    }

    /// Takes the padding away (RFC 9113, section 6.1).
    mutating func removePadding() throws(HTTP2Error) {
        guard flags.contains(.padded) else { return }
        guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
            throw HTTP2Error(.protocolError, "padding is longer than its frame")
        }
        payload.moveWriterIndex(to: payload.writerIndex - Int(padding))
    }
}

extension ByteBuffer {
    /// The nine bytes before a frame's payload.
    mutating func writeFrameHeader(_ type: FrameType, _ flags: FrameFlags = [], stream: UInt32, length: Int) {
        writeMultipleIntegers(UInt32(length) << 8 | UInt32(type.rawValue), flags.rawValue, stream)
    }
}
