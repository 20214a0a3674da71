internal import NIOCore

/// Messages over TCP: two bytes of length before each (RFC 1035, 4.2.2).
enum StreamFrame {
    static func wrap(_ message: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var frame = allocator.buffer(capacity: message.count + 2)
        frame.writeInteger(UInt16(clamping: message.count))
        frame.writeBytes(message)
        return frame
    }
}

/// Cuts the stream into messages. Bounded: no message is longer than its length can tell.
struct StreamFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        guard let message = buffer.readLengthPrefixedSlice(as: UInt16.self) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) -> DecodingState {
        decode(context: context, buffer: &buffer)
    }
}
