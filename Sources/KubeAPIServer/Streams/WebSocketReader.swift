package import NIOCore

/// A peer that does not speak the protocol it has asked for.
package struct StreamProtocolError: Error, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// Reads what a WebSocket client sends (RFC 6455, section 5).
///
/// Messages come out in pieces, as their bytes arrive: nothing is collected, so no message is too long.
package struct WebSocketReader: Sendable {
    /// The longest payload of a ping, a pong or a close.
    package static let controlMax = 125

    package enum Event: Equatable {
        /// A part of a message; `begins` and `ends` may both be true, and a part may be empty.
        case piece(ByteBuffer, begins: Bool, ends: Bool)
        case ping(ByteBuffer)
        case pong
        /// The client says goodbye; its code and reason are to be sent back.
        case close(ByteBuffer)
    }

    private enum Opcode: UInt8 { case more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 }

    private struct Frame {
        var opcode: Opcode
        var isFinal: Bool
        var left: UInt64
        var key: UInt32
        /// How far into the key the next byte is masked.
        var offset = 0
        var begins: Bool
    }

    private var frame: Frame?
    /// A message has begun in an earlier frame and goes on.
    private var isInMessage = false

    package init() {}

    /// The next event of the bytes that have come so far; nil when more are needed.
    package mutating func next(_ buffer: inout ByteBuffer) throws(StreamProtocolError) -> Event? {
        if frame == nil { frame = try readHead(&buffer) }
        guard let current = frame else { return nil }
        switch current.opcode {
        case .more, .text, .binary: return readPiece(current, &buffer)
        case .close, .ping, .pong:
            guard buffer.readableBytes >= Int(current.left), var payload = buffer.readSlice(length: Int(current.left))
            else { return nil }
            frame = nil
            Self.unmask(&payload, key: current.key, offset: 0)
            return current.opcode == .ping ? .ping(payload) : current.opcode == .pong ? .pong : .close(payload)
        }
    }

    private mutating func readPiece(_ current: Frame, _ buffer: inout ByteBuffer) -> Event? {
        guard buffer.readableBytes > 0 || current.left == 0 else { return nil }
        let count = Int(min(UInt64(buffer.readableBytes), current.left))
        guard var piece = buffer.readSlice(length: count) else { return nil }
        Self.unmask(&piece, key: current.key, offset: current.offset)
        let isDone = current.left == UInt64(count)
        var next = current
        next.left -= UInt64(count)
        next.offset = (current.offset + count) % 4
        next.begins = false
        frame = isDone ? nil : next
        return .piece(piece, begins: current.begins, ends: isDone && current.isFinal)
    }

    private mutating func readHead(_ buffer: inout ByteBuffer) throws(StreamProtocolError) -> Frame? {
        let start = buffer.readerIndex
        guard let first = buffer.getInteger(at: start, as: UInt8.self),
            let second = buffer.getInteger(at: start + 1, as: UInt8.self)
        else { return nil }
        guard first & 0x70 == 0, let opcode = Opcode(rawValue: first & 0x0f) else {
            throw StreamProtocolError("a frame of unknown kind")
        }
        guard second & 0x80 != 0 else { throw StreamProtocolError("a frame without a mask") }
        let short = second & 0x7f
        let size = short == 127 ? 8 : short == 126 ? 2 : 0
        guard buffer.readableBytes >= 2 + size + 4 else { return nil }
        buffer.moveReaderIndex(forwardBy: 2)
        let left: UInt64? =
            switch size {
            case 8: buffer.readInteger()
            case 2: buffer.readInteger(as: UInt16.self).map(UInt64.init)
            case _: UInt64(short)
            }
        guard let left, let key = buffer.readInteger(as: UInt32.self), left <= UInt64(Int64.max) else {
            throw StreamProtocolError("a frame of impossible length")
        }
        let isFinal = first & 0x80 != 0
        try follow(opcode, isFinal, left)
        return Frame(
            opcode: opcode, isFinal: isFinal, left: left, key: key, begins: opcode == .text || opcode == .binary)
    }

    /// Checks that the frame may come here, and keeps in mind whether a message goes on behind it.
    private mutating func follow(
        _ opcode: Opcode, _ isFinal: Bool, _ length: UInt64
    ) throws(StreamProtocolError) {
        switch opcode {
        case .close, .ping, .pong:
            guard isFinal, length <= UInt64(Self.controlMax) else { throw StreamProtocolError("a control frame too long") }
        case .more:
            guard isInMessage else { throw StreamProtocolError("a continuation of nothing") }
            isInMessage = !isFinal
        case .text, .binary:
            guard !isInMessage else { throw StreamProtocolError("a message inside a message") }
            isInMessage = !isFinal
        }
    }

    private static func unmask(_ buffer: inout ByteBuffer, key: UInt32, offset: Int) {
        guard key != 0 else { return }
        let shifts = (0..<4).map { UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * (($0 + offset) % 4))) }
        let mask = SIMD16<UInt8>((0..<16).map { shifts[$0 % 4] })
        buffer.withUnsafeMutableReadableBytes { bytes in
            var index = 0
            while index + 16 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
                bytes.storeBytes(of: word ^ mask, toByteOffset: index, as: SIMD16<UInt8>.self)
                index += 16
            }
            while index < bytes.count {
                bytes[index] ^= mask[index % 16]
                index += 1
            }
        }
    }
}

/// Writes frames as a server does: unmasked, each a message of its own.
package enum WebSocketWriter {
    /// A message, with a few bytes in front of its payload.
    package static func binary(_ payload: ByteBuffer, prefix: [UInt8] = []) -> ByteBuffer {
        frame(0x82, prefix, payload)
    }

    package static func text(_ payload: String) -> ByteBuffer { frame(0x81, [], ByteBuffer(string: payload)) }

    package static func pong(_ payload: ByteBuffer) -> ByteBuffer { frame(0x8a, [], payload) }

    /// Goodbye, with the client's own words or with "normal closure".
    package static func close(_ payload: ByteBuffer? = nil) -> ByteBuffer {
        frame(0x88, [], payload ?? ByteBuffer(bytes: [0x03, 0xe8]))
    }

    private static func frame(_ first: UInt8, _ prefix: [UInt8], _ payload: ByteBuffer) -> ByteBuffer {
        let count = prefix.count + payload.readableBytes
        var buffer = ByteBufferAllocator().buffer(capacity: count + 10)
        buffer.writeInteger(first)
        if count < 126 {
            buffer.writeInteger(UInt8(count))
        } else if count <= Int(UInt16.max) {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(count))
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(count))
        }
        buffer.writeBytes(prefix)
        buffer.writeImmutableBuffer(payload)
        return buffer
    }
}
