import Glibc

/// The inputs that were found, a folder for every target.
enum Corpus {
    private static let folder = String(#filePath.dropLast(".swift".utf8.count))

    struct Unreadable: Error { let path: String }

    static func targets() throws -> [String] { try names(in: folder) }

    /// Those of one target; none for one in which nothing was found.
    static func inputs(of target: String) throws -> [(path: String, bytes: [UInt8])] {
        guard try targets().contains(target) else { return [] }
        return try names(in: "\(folder)/\(target)").map { name in
            let path = "\(folder)/\(target)/\(name)"
            return (path, try read(path))
        }
    }

    private static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw Unreadable(path: folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
