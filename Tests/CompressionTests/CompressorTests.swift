import CZlib
import Compression
import Determinism
import Testing

@Suite("Compressor")
struct CompressorTests {
    private let random = SeededRandomSource(seed: 1)

    private func text(_ objects: Range<Int>, changed: Int? = nil) -> [UInt8] {
        var text = "{\"items\":["
        for index in objects {
            let version = index == changed ? 2 : 1
            text += "{\"metadata\":{\"name\":\"pod-\(UInt(index) &* 0x9e37_79b9_7f4a_7c15)\",\"resourceVersion\":\"\(version)\"}},"
        }
        return Array(text.utf8)
    }

    private func gzip(_ raw: [UInt8], _ compressor: Compressor) -> [[UInt8]] {
        var rest = raw[...]
        return compressor.gzip { buffer in
            let part = rest.prefix(buffer.count)
            buffer.copyBytes(from: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }
    }

    /// What any client makes of it.
    private func inflated(_ member: [UInt8], length: Int) -> [UInt8]? {
        var stream = z_stream()
        var member = member
        // Of gzip, with its header and checksum.
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: length + 1)
        let result = member.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END, stream.avail_in == 0 else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }

    @Test("gzip reads back, new and remembered", arguments: [0, 1, 1000, 30_000])
    func readsBack(_ count: Int) {
        let compressor = Compressor(random: random)
        let raw = text(0..<count)
        for _ in 1...2 {
            let member = Array(gzip(raw, compressor).joined())
            #expect(inflated(member, length: raw.count) == raw)
        }
    }

    @Test("a text that ends where the window does reads back", arguments: [-1, 0, 1])
    func windows(_ beyond: Int) {
        for count in [128 * 1024, 512 * 1024, 1024 * 1024] {
            let raw = [UInt8](repeating: 7, count: count + beyond)
            #expect(inflated(Array(gzip(raw, Compressor(random: random)).joined()), length: raw.count) == raw)
        }
    }

    @Test("what cannot be compressed reads back too")
    func noise() {
        let raw = random.bytes(300_000)
        let member = Array(gzip(raw, Compressor(random: random)).joined())
        #expect(inflated(member, length: raw.count) == raw)
        #expect(member.count < raw.count + 1000)
    }

    @Test("a changed object leaves nearly all pieces as they were, and all of the text right")
    func changes() {
        let compressor = Compressor(random: random)
        let before = gzip(text(0..<30_000), compressor)
        let raw = text(0..<30_000, changed: 15_000)
        let after = gzip(raw, compressor)
        #expect(inflated(Array(after.joined()), length: raw.count) == raw)
        #expect(before.count > 30)
        #expect(Set(after).subtracting(before).count <= 4)
    }
}
