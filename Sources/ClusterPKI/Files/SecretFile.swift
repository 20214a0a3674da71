internal import Glibc

/// Files that only their owner may read, replaced as a whole or not at all.
package enum SecretFile {
    /// The largest file anybody should hand us as a key, certificate or kubeconfig.
    package static let sizeMax = 4 << 20

    /// Writes beside the target, syncs, renames, syncs the directory: after a crash there is the old file or the new.
    package static func write(_ content: some Sequence<UInt8>, to path: String, mode: UInt32 = 0o600) throws {
        let temporary = path + ".tmp"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("create", temporary) }
        do {
            defer { close(file) }
            try writeAll(Array(content), to: file, path: temporary)
            guard fsync(file) == 0 else { throw failure("sync", temporary) }
        }
        guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
        try syncDirectory(of: path)
    }

    package static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
        try write(text.utf8, to: path, mode: mode)
    }

    /// The file's bytes, `nil` when there is no such file.
    package static func read(_ path: String) throws -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            guard count > 0 else { return content }
            content.append(contentsOf: buffer[..<count])
            guard content.count <= sizeMax else { throw PKIError(.file, "\(path) has more than \(sizeMax) bytes") }
        }
    }

    /// The file as text, `nil` when there is no such file.
    package static func readText(_ path: String) throws -> String? {
        try read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Makes a directory, and those above it, for the owner alone; one that exists stays as it is.
    package static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw failure("create", path)
        }
        try makeDirectory(String(path[..<slash]), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    private static func writeAll(_ content: [UInt8], to file: Int32, path: String) throws {
        var written = 0
        while written < content.count {
            let count = content[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
    }

    private static func syncDirectory(of path: String) throws {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let file = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", directory) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("sync", directory) }
    }

    private static func failure(_ action: String, _ path: String) -> PKIError {
        PKIError(.file, "cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
