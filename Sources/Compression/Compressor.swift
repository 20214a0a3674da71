internal import CZlib
package import Determinism
internal import Synchronization

/// Compresses answers to gzip (RFC 1952), each piece for itself, and remembers what became of a piece.
///
/// **The problem.** Compressing a megabyte costs more than all else that is done for a list together, and what clients
/// list over and over changes little from one time to the next.
///
/// **The idea.** A deflate stream (RFC 1951) may be cut where it is at a byte's boundary and refers to nothing before.
/// So a piece of an answer is compressed alone, ends in an empty stored block, and can stand in any stream. The checksum
/// of the whole follows from those of the pieces. Where the cuts are depends on what stands there, not on its place
/// (``PieceCut``): one changed object leaves nearly all pieces of a list as they were, and those are copied.
///
/// Pieces are known by a hash with a secret of this process, so nobody can make two pieces look like one.
package final class Compressor: Sendable {
    /// Bytes of compressed pieces that are remembered, at most; twice that with those that go next.
    package static let memoryMax = 16 << 20
    /// Bytes of the text that are looked at together: some pieces, and few enough for the processor's cache.
    private static let windowSize = 512 * 1024
    /// Upstream's: fast, and small enough.
    private static let level: Int32 = 1

    private struct Piece: Sendable {
        let deflated: [UInt8]
        let checksum: UInt
    }

    /// Two generations: what was not used while the younger one filled up is forgotten.
    private struct Memory {
        var young: [PieceKey: Piece] = [:]
        var old: [PieceKey: Piece] = [:]
        var youngBytes = 0
    }

    private let memory = Mutex(Memory())
    private let secret: (UInt64, UInt64)

    package init(random: any RandomSource) {
        // Odd, as multipliers have to be.
        secret = (random.next() | 1, random.next() | 1)
    }

    /// One gzip member, in pieces.
    /// - read: fills the buffer unless the end comes first, and says how many bytes it has put there.
    package func gzip(reading read: (UnsafeMutableRawBufferPointer) -> Int) -> [[UInt8]] {
        var member: [[UInt8]] = [[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]]
        var checksum = crc32(0, nil, 0)
        var length = 0
        var stream = DeflateStream(level: Self.level)
        let window = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.windowSize, alignment: 16)
        defer { window.deallocate() }
        var filled = 0
        var isEnd = false
        while !isEnd {
            let wanted = window.count - filled
            let count = read(UnsafeMutableRawBufferPointer(rebasing: window[filled...]))
            isEnd = count < wanted
            filled += count
            length += count
            var rest = UnsafeRawBufferPointer(rebasing: window[..<filled])[...]
            // Where the next cut is cannot be known before a whole piece is there.
            while rest.count >= PieceCut.max || (isEnd && !rest.isEmpty) {
                let bytes = UnsafeRawBufferPointer(rebasing: rest.prefix(PieceCut.length(rest)))
                let piece = piece(of: bytes, &stream)
                member.append(piece.deflated)
                checksum = crc32_combine(checksum, piece.checksum, bytes.count)
                rest = rest.dropFirst(bytes.count)
            }
            filled = rest.count
            window.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
        }
        stream.close()
        // An empty last block, then the checksum and the length.
        var end: [UInt8] = [3, 0]
        for shift in stride(from: 0, to: 32, by: 8) { end.append(UInt8(truncatingIfNeeded: checksum >> shift)) }
        for shift in stride(from: 0, to: 32, by: 8) { end.append(UInt8(truncatingIfNeeded: length >> shift)) }
        member.append(end)
        return member
    }

    private func piece(of raw: UnsafeRawBufferPointer, _ stream: inout DeflateStream) -> Piece {
        let key = PieceKey(raw, secret: secret)
        let known = memory.withLock { memory -> Piece? in
            if let piece = memory.young[key] { return piece }
            guard let piece = memory.old[key] else { return nil }
            Self.keep(piece, key, &memory)
            return piece
        }
        if let known { return known }
        let bytes = raw.assumingMemoryBound(to: UInt8.self)
        let made = Piece(deflated: stream.deflate(bytes), checksum: crc32_z(0, bytes.baseAddress, bytes.count))
        memory.withLock { Self.keep(made, key, &$0) }
        return made
    }

    private static func keep(_ piece: Piece, _ key: PieceKey, _ memory: inout Memory) {
        guard piece.deflated.count <= memoryMax / 8, memory.young.updateValue(piece, forKey: key) == nil else { return }
        memory.youngBytes += piece.deflated.count
        guard memory.youngBytes > memoryMax else { return }
        memory.old = memory.young
        memory.young = [:]
        memory.youngBytes = 0
    }
}

/// Where a text is cut into pieces: where the few bytes before have a certain hash, so that the same text is cut in the
/// same way wherever it stands.
enum PieceCut {
    private static let min = 48 * 1024
    /// Bytes of the longest piece.
    static let max = 128 * 1024
    /// Hashes below are a cut: one of 4096.
    private static let rareness: UInt64 = 1 << 52

    /// A random number for each byte; a fixed seed, since cuts are no secret.
    private static let gears: [UInt64] = {
        let random = SeededRandomSource(seed: 0x9e37_79b9)
        return (0..<256).map { _ in random.next() }
    }()

    /// Bytes of the first piece.
    static func length(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        guard bytes.count > min else { return bytes.count }
        let end = bytes.startIndex + Swift.min(bytes.count, max)
        return gears.withUnsafeBufferPointer { gears in
            var hash: UInt64 = 0
            var index = bytes.startIndex + min
            while index < end {
                // What is 64 bytes ago has been shifted out.
                hash = hash << 1 &+ gears[Int(bytes.base[index])]
                index += 1
                if hash < rareness { break }
            }
            return index - bytes.startIndex
        }
    }
}

/// What a piece is known by: its length and two hashes.
struct PieceKey: Hashable, Sendable {
    private let length: Int
    private let first: UInt64
    private let second: UInt64

    init(_ raw: UnsafeRawBufferPointer, secret: (UInt64, UInt64)) {
        length = raw.count
        var first = secret.0
        var second = secret.1
        // Two at a time, since each has to wait for its own last product.
        var offset = 0
        while offset &+ 16 <= raw.count {
            first = Self.mixed(first ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self), secret.1)
            second = Self.mixed(second ^ raw.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self), secret.0)
            offset &+= 16
        }
        while offset < raw.count {
            first = Self.mixed(first ^ UInt64(raw[offset]), secret.1)
            offset &+= 1
        }
        self.first = first
        self.second = second
    }

    private static func mixed(_ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
