package import NIOCore

/// Reads the frames of SPDY/3.1, as far as a client of a kubelet needs them.
///
/// Data come out in pieces, as their bytes arrive. What headers say is never looked at: the streams are ours.
/// There is no flow control by stream: Go's servers know none, so the connection itself is what is held back.
package struct SPDYReader: Sendable {
    package enum Event: Equatable {
        /// A part of what a stream carries; the last one may be empty.
        case data(ByteBuffer, stream: UInt32, isLast: Bool)
        /// The other side will send no more on this stream.
        case ended(stream: UInt32)
        case ping(UInt32)
    }

    private enum Kind: UInt16 { case streamReply = 2, reset = 3, ping = 6 }

    private enum State {
        case head
        case data(stream: UInt32, left: Int, isLast: Bool)
        case skip(left: Int)
    }

    static let headSize = 8
    static let finFlag: UInt8 = 1

    private var state = State.head

    package init() {}

    /// The next event of the bytes that have come so far; nil when more are needed.
    package mutating func next(_ buffer: inout ByteBuffer) throws(StreamProtocolError) -> Event? {
        while true {
            switch state {
            case .head:
                switch try readHead(&buffer) {
                case .needsMore: return nil
                case .event(let event): return event
                case .goOn: continue
                }
            case .skip(let left):
                let count = min(left, buffer.readableBytes)
                buffer.moveReaderIndex(forwardBy: count)
                state = count == left ? .head : .skip(left: left - count)
                if count < left { return nil }
            case .data(let stream, let left, let isLast):
                guard buffer.readableBytes > 0, let piece = buffer.readSlice(length: min(left, buffer.readableBytes))
                else { return nil }
                let rest = left - piece.readableBytes
                state = rest == 0 ? .head : .data(stream: stream, left: rest, isLast: isLast)
                return .data(piece, stream: stream, isLast: isLast && rest == 0)
            }
        }
    }

    private enum Step { case needsMore, goOn, event(Event) }

    private mutating func readHead(_ buffer: inout ByteBuffer) throws(StreamProtocolError) -> Step {
        let start = buffer.readerIndex
        guard let word = buffer.getInteger(at: start, as: UInt32.self),
            let lengths = buffer.getInteger(at: start + 4, as: UInt32.self)
        else { return .needsMore }
        let flags = UInt8(lengths >> 24)
        let length = Int(lengths & 0xff_ffff)
        guard word & 0x8000_0000 != 0 else {
            buffer.moveReaderIndex(forwardBy: Self.headSize)
            let isLast = flags & Self.finFlag != 0
            if length > 0 {
                state = .data(stream: word, left: length, isLast: isLast)
                return .goOn
            }
            return .event(.data(ByteBuffer(), stream: word, isLast: isLast))
        }
        guard word >> 16 == 0x8003 else { throw StreamProtocolError("a frame of another SPDY") }
        guard let kind = Kind(rawValue: UInt16(truncatingIfNeeded: word)) else {
            buffer.moveReaderIndex(forwardBy: Self.headSize)
            state = .skip(left: length)
            return .goOn
        }
        // Each of these begins with the number of a stream or of a ping.
        guard length >= 4 else { throw StreamProtocolError("a frame too short") }
        guard let number = buffer.getInteger(at: start + Self.headSize, as: UInt32.self) else { return .needsMore }
        buffer.moveReaderIndex(forwardBy: Self.headSize + 4)
        state = .skip(left: length - 4)
        switch kind {
        case .reset: return .event(.ended(stream: number & 0x7fff_ffff))
        case .ping: return .event(.ping(number))
        case .streamReply: return flags & Self.finFlag != 0 ? .event(.ended(stream: number & 0x7fff_ffff)) : .goOn
        }
    }
}

/// Writes frames as the client of a connection: its streams have odd numbers.
package struct SPDYWriter: Sendable {
    private var hasHeaders = false

    package init() {}

    /// Opens a stream. Headers are a zlib stream that goes on from frame to frame; ours compresses nothing and
    /// uses no dictionary, which every inflater reads.
    package mutating func open(stream: UInt32, headers: [(name: String, value: String)]) -> ByteBuffer {
        var block = ByteBuffer()
        block.writeInteger(UInt32(headers.count))
        for (name, value) in headers {
            // Names are in lower case on the wire.
            block.writeInteger(UInt32(name.utf8.count))
            block.writeString(name.lowercased())
            block.writeInteger(UInt32(value.utf8.count))
            block.writeString(value)
        }
        var payload = ByteBuffer()
        payload.writeInteger(stream)
        payload.writeInteger(UInt32(0))  // Belongs to no other stream.
        payload.writeInteger(UInt16(0))  // Highest priority.
        if !hasHeaders { payload.writeBytes([0x78, 0x01]) }
        hasHeaders = true
        let size = UInt16(block.readableBytes)
        payload.writeInteger(UInt8(0))
        payload.writeInteger(size, endianness: .little)
        payload.writeInteger(~size, endianness: .little)
        payload.writeBuffer(&block)
        // An empty block makes the reader hand out what it has.
        payload.writeBytes([0, 0, 0, 0xff, 0xff])
        return Self.control(1, payload)
    }

    package static func data(_ payload: ByteBuffer, stream: UInt32, isLast: Bool = false) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: SPDYReader.headSize + payload.readableBytes)
        buffer.writeInteger(stream)
        buffer.writeInteger(UInt32(payload.readableBytes) | (isLast ? UInt32(SPDYReader.finFlag) << 24 : 0))
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    package static func ping(_ number: UInt32) -> ByteBuffer { control(6, ByteBuffer(integer: number)) }

    private static func control(_ kind: UInt16, _ payload: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(0x8003))
        buffer.writeInteger(kind)
        buffer.writeInteger(UInt32(payload.readableBytes))
        buffer.writeImmutableBuffer(payload)
        return buffer
    }
}
