internal import Crypto
internal import LinuxKernel

/// Writes a tar archive (POSIX ustar, with pax records for long paths) whose bytes depend on its entries alone:
/// all times are zero and no names of users are kept.
struct TarWriter: ~Copyable {
    private static let blockSize = 512
    /// The longest path that fits the plain header.
    private static let plainPathLimit = 100
    private static let copyPiece = 256 * 1024

    private let output: Descriptor
    private var digest = SHA256()
    private(set) var sizeBytes: Int64 = 0

    init(to path: String) throws(KernelError) {
        output = try Descriptor.open(path, flags: Descriptor.createAndTruncate)
    }

    mutating func add(_ file: ImageFile) throws(KernelError) {
        switch file.contents {
        case .bytes(let bytes):
            try header(file, type: "0", size: Int64(bytes.count), link: "")
            try put(bytes)
            try pad(Int64(bytes.count))
        case .copy(let source):
            try copy(file, from: source)
        case .directory:
            try header(file, type: "5", size: 0, link: "")
        case .symlink(let target):
            try header(file, type: "2", size: 0, link: target)
        }
    }

    /// Ends the archive and returns the SHA-256 of all its bytes, in hexadecimal digits.
    consuming func finish() throws(KernelError) -> (digest: String, sizeBytes: Int64) {
        try put([UInt8](repeating: 0, count: 2 * Self.blockSize))
        return (hexadecimal(digest.finalize()), sizeBytes)
    }

    private mutating func copy(_ file: ImageFile, from source: String) throws(KernelError) {
        let input = try Descriptor.open(source, flags: Descriptor.readOnly)
        guard let size = try FileFacts.followed(source)?.sizeBytes else { throw KernelError("read", source, code: 2) }
        try header(file, type: "0", size: size, link: "")
        var remaining = size
        while remaining > 0 {
            let piece = try input.read(upTo: Int(min(remaining, Int64(Self.copyPiece))))
            // A file that shrinks while it is read is filled up, so that the archive stays readable.
            let bytes = piece.isEmpty ? [UInt8](repeating: 0, count: Int(min(remaining, 4096))) : piece
            try put(bytes)
            remaining -= Int64(bytes.count)
        }
        try pad(size)
    }

    private mutating func header(
        _ file: ImageFile, type: Unicode.Scalar, size: Int64, link: String
    ) throws(KernelError) {
        let path = type == "5" && !file.path.hasSuffix("/") ? file.path + "/" : file.path
        var records: [UInt8] = []
        if path.utf8.count > Self.plainPathLimit { records += Self.record("path", path) }
        if link.utf8.count > Self.plainPathLimit { records += Self.record("linkpath", link) }
        if !records.isEmpty {
            let note = ImageFile("pax", .directory)
            try put(Self.block(note, path: "pax", type: "x", size: Int64(records.count), link: ""))
            try put(records)
            try pad(Int64(records.count))
        }
        try put(Self.block(file, path: path, type: type, size: size, link: link))
    }

    /// One header of 512 bytes; what is too long is cut, as a pax record before it has the whole.
    private static func block(
        _ file: ImageFile, path: String, type: Unicode.Scalar, size: Int64, link: String
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: some Collection<UInt8>, _ offset: Int, _ width: Int) {
            for (index, byte) in bytes.prefix(width).enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int64, _ offset: Int, _ width: Int) {
            let digits = String(number, radix: 8)
            put((String(repeating: "0", count: max(0, width - 1 - digits.count)) + digits).utf8, offset, width - 1)
        }
        put(path.utf8, 0, plainPathLimit)
        octal(Int64(file.mode), 100, 8)
        octal(Int64(file.user), 108, 8)
        octal(Int64(file.group), 116, 8)
        octal(size, 124, 12)
        octal(0, 136, 12)
        put([UInt8](repeating: 0x20, count: 8), 148, 8)
        block[156] = UInt8(ascii: type)
        put(link.utf8, 157, plainPathLimit)
        put("ustar\u{0}00".utf8, 257, 8)
        let sum = block.reduce(0) { $0 + Int64($1) }
        octal(sum, 148, 7)
        block[154] = 0
        return block
    }

    /// `<length> <key>=<value>\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let body = " \(key)=\(value)\n"
        var length = body.utf8.count + 1
        while String(length).utf8.count + body.utf8.count != length {
            length = String(length).utf8.count + body.utf8.count
        }
        return Array("\(length)\(body)".utf8)
    }

    private mutating func pad(_ size: Int64) throws(KernelError) {
        let rest = Int(size % Int64(Self.blockSize))
        if rest > 0 { try put([UInt8](repeating: 0, count: Self.blockSize - rest)) }
    }

    private mutating func put(_ bytes: [UInt8]) throws(KernelError) {
        digest.update(data: bytes)
        sizeBytes += Int64(bytes.count)
        try output.writeAll(bytes)
    }
}

/// The digest's digits.
func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
