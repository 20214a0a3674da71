import CZlib
import KubeAPIServer
import NIOCore
import Testing

@Suite("Frames of SPDY")
struct SPDYFramesTests {
    private static let wire: [UInt8] =
        [0x80, 3, 0, 4, 0, 0, 0, 12] + [UInt8](repeating: 1, count: 12)  // settings
        + [0x80, 3, 0, 2, 0, 0, 0, 8, 0, 0, 0, 1, 0x78, 0x9c, 0, 0]  // a reply
        + [0, 0, 0, 3, 0, 0, 0, 5] + Array("hello".utf8)
        + [0, 0, 0, 3, 1, 0, 0, 1, 0x21] + [0, 0, 0, 5, 1, 0, 0, 0]
        + [0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 2]
        + [0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5]
        + [0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]

    @Test("frames are the same however their bytes arrive", arguments: [1, 2, 5, 9, 4096])
    func pieces(step: Int) throws {
        var (reader, buffer, said) = (SPDYReader(), ByteBuffer(), [UInt32: String]())
        var story: [String] = []
        for start in stride(from: 0, to: Self.wire.count, by: step) {
            buffer.writeBytes(Self.wire[start..<min(start + step, Self.wire.count)])
            while let event = try reader.next(&buffer) {
                switch event {
                case .data(let piece, let stream, let isLast):
                    said[stream, default: ""] += String(buffer: piece)
                    if isLast { story.append("last of \(stream)") }
                case .ended(let stream): story.append("end of \(stream)")
                case .ping(let number): story.append("ping \(number)")
                }
            }
        }
        #expect(said == [3: "hello!", 5: ""])
        #expect(story == ["last of 3", "last of 5", "ping 2", "end of 1"])
        #expect(buffer.readableBytes == 0)
    }

    @Test func anotherVersionIsRefused() {
        var (reader, buffer) = (SPDYReader(), ByteBuffer(bytes: [0x80, 2, 0, 1, 0, 0, 0, 0]))
        #expect(throws: StreamProtocolError.self) { try reader.next(&buffer) }
    }

    @Test func headersAreOneZlibStreamOverAllFrames() throws {
        var writer = SPDYWriter()
        var inflater = z_stream()
        #expect(inflateInit_(&inflater, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { inflateEnd(&inflater) }
        for (stream, type) in [(UInt32(1), "error"), (3, "stdin")] {
            var frame = writer.open(stream: stream, headers: [("streamType", type)])
            #expect(frame.readBytes(length: 4) == [0x80, 3, 0, 1])
            #expect(frame.readInteger(as: UInt32.self).map(Int.init) == frame.readableBytes)
            #expect(frame.readInteger(as: UInt32.self) == stream)
            frame.moveReaderIndex(forwardBy: 6)
            var packed = Array(frame.readableBytesView)
            var block = [UInt8](repeating: 0, count: 256)
            let size = packed.withUnsafeMutableBufferPointer { packed in
                block.withUnsafeMutableBufferPointer { block in
                    inflater.next_in = packed.baseAddress
                    inflater.avail_in = UInt32(packed.count)
                    inflater.next_out = block.baseAddress
                    inflater.avail_out = UInt32(block.count)
                    #expect(inflate(&inflater, Z_SYNC_FLUSH) == Z_OK)
                    return block.count - Int(inflater.avail_out)
                }
            }
            let wanted: [UInt8] =
                [0, 0, 0, 1, 0, 0, 0, 10] + Array("streamtype".utf8) + [0, 0, 0, 5] + Array(type.utf8)
            #expect(Array(block[..<size]) == wanted)
        }
    }
}
