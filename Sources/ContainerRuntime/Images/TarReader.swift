internal import LinuxKernel

/// Unpacks the plain files of a tar archive, such as `ctr images export` writes.
enum TarReader {
    private static let blockSize = 512

    /// Writes every regular file of the archive into `folder`, by its path there, and returns the paths.
    static func unpack(_ archive: String, into folder: String) throws(ImageError) -> [String] {
        do throws(KernelError) {
            let input = try Descriptor.open(archive, flags: Descriptor.readOnly)
            var paths: [String] = []
            while true {
                let header = try readWhole(input, blockSize)
                guard header.count == blockSize, header[0] != 0 else { return paths }
                let size = octal(header[124..<136])
                let path = text(header[0..<100])
                let isFile = header[156] == UInt8(ascii: "0") || header[156] == 0
                if isFile, !path.split(separator: "/").contains("..") {
                    let target = "\(folder)/\(path)"
                    if let slash = target.lastIndex(of: "/") { try Files.makeDirectory(String(target[..<slash])) }
                    let output = try Descriptor.open(target, flags: Descriptor.createAndTruncate)
                    try copy(size, from: input, to: output)
                    paths.append(path)
                } else {
                    try copy(size, from: input, to: nil)
                }
                _ = try readWhole(input, (blockSize - size % blockSize) % blockSize)
            }
        } catch {
            throw ImageError(error)
        }
    }

    private static func copy(
        _ size: Int, from input: Descriptor, to output: Descriptor?
    ) throws(KernelError) {
        var remaining = size
        while remaining > 0 {
            let piece = try input.read(upTo: min(remaining, 256 * 1024))
            guard !piece.isEmpty else { throw KernelError("read", "archive", code: 5) }
            try output?.writeAll(piece)
            remaining -= piece.count
        }
    }

    private static func readWhole(_ input: Descriptor, _ count: Int) throws(KernelError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try input.read(upTo: count - bytes.count)
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return bytes
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int {
        Int(text(field).filter { $0 != " " }, radix: 8) ?? 0
    }
}
