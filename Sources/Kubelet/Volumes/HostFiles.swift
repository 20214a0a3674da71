internal import Glibc

/// A call to the kernel that failed.
package struct HostFileError: Error, Equatable, CustomStringConvertible {
    package var operation: String
    package var path: String
    package var code: Int32

    package var description: String { "\(operation) \(path): \(String(cString: strerror(code)))" }
}

/// Files and directories of this machine. Blocking, but short: nothing here reads more than `readMax`.
package enum HostFiles {
    /// The most that ``read(_:max:)`` returns unless told otherwise.
    package static let readMax = 16 * 1024 * 1024

    package enum Kind: Sendable { case directory, file, socket, characterDevice, blockDevice, symbolicLink, other }

    package static func read(_ path: String, max: Int = readMax) throws(HostFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostFileError(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count < max {
            let count = Glibc.read(descriptor, &buffer, min(buffer.count, max - bytes.count))
            if count < 0 {
                if errno == EINTR { continue }
                throw HostFileError(operation: "read", path: path, code: errno)
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    package static func text(_ path: String) -> String? {
        // A file that cannot be read says nothing; callers have a default for that.
        (try? read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    package static func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(HostFileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw HostFileError(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw HostFileError(operation: "write", path: path, code: errno)
            }
            offset += count
        }
        // The umask must not take away what the pod asked for.
        guard fchmod(descriptor, mode) == 0 else { throw HostFileError(operation: "chmod", path: path, code: errno) }
    }

    package static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(HostFileError) {
        if mkdir(path, mode) == 0 {
            guard chmod(path, mode) == 0 else { throw HostFileError(operation: "chmod", path: path, code: errno) }
            return
        }
        let code = errno
        if code == EEXIST { return }
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw HostFileError(operation: "mkdir", path: path, code: code)
        }
        try makeDirectory(String(path[..<slash]))
        try makeDirectory(path, mode: mode)
    }

    /// What the path is, links followed unless told otherwise; nil when it is not there.
    package static func kind(_ path: String, followLinks: Bool = true) -> Kind? {
        var info = stat()
        guard (followLinks ? stat(path, &info) : lstat(path, &info)) == 0 else { return nil }
        switch info.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .file
        case S_IFSOCK: return .socket
        case S_IFCHR: return .characterDevice
        case S_IFBLK: return .blockDevice
        case S_IFLNK: return .symbolicLink
        default: return .other
        }
    }

    package static func size(_ path: String) -> Int64? {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// Names in a directory, sorted; empty when there is none.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { raw in
            guard let start = raw.baseAddress else { return -1 }
            return Glibc.readlink(path, start.assumingMemoryBound(to: CChar.self), raw.count)
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    package static func makeLink(_ path: String, to target: String) throws(HostFileError) {
        guard symlink(target, path) == 0 else { throw HostFileError(operation: "symlink", path: path, code: errno) }
    }

    package static func rename(_ old: String, to new: String) throws(HostFileError) {
        guard Glibc.rename(old, new) == 0 else { throw HostFileError(operation: "rename", path: old, code: errno) }
    }

    /// Removes a file, or a directory with all that is in it, without following links or crossing into other mounts.
    package static func remove(_ path: String) throws(HostFileError) {
        guard let kind = kind(path, followLinks: false) else { return }
        guard kind == .directory else {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw HostFileError(operation: "unlink", path: path, code: errno)
            }
            return
        }
        for name in names(in: path) { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw HostFileError(operation: "rmdir", path: path, code: errno)
        }
    }

    /// What a tree takes on its file system; other mounts below it do not count.
    package static func diskUsage(_ path: String) -> (bytes: Int64, inodes: Int64) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return (0, 0) }
        return diskUsage(path, info, on: info.st_dev)
    }

    private static func diskUsage(_ path: String, _ info: stat, on device: dev_t) -> (bytes: Int64, inodes: Int64) {
        var (bytes, inodes) = (Int64(info.st_blocks) * 512, Int64(1))
        guard info.st_mode & S_IFMT == S_IFDIR else { return (bytes, inodes) }
        for name in names(in: path) {
            var below = stat()
            guard lstat("\(path)/\(name)", &below) == 0, below.st_dev == device else { continue }
            let part = diskUsage("\(path)/\(name)", below, on: device)
            bytes += part.bytes
            inodes += part.inodes
        }
        return (bytes, inodes)
    }

    package static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Gives a tree to a group: readable and writable for it, and new files in it belong to it too.
    package static func giveToGroup(_ path: String, _ group: UInt32, readOnly: Bool) throws(HostFileError) {
        guard let kind = kind(path, followLinks: false) else { return }
        guard lchown(path, UInt32.max, group) == 0 else {
            throw HostFileError(operation: "chown", path: path, code: errno)
        }
        if kind == .symbolicLink { return }
        var info = stat()
        guard lstat(path, &info) == 0 else { throw HostFileError(operation: "stat", path: path, code: errno) }
        let wanted: UInt32 = (readOnly ? 0o440 : 0o660) | (kind == .directory ? 0o2110 : 0)
        guard chmod(path, (info.st_mode & 0o7777) | wanted) == 0 else {
            throw HostFileError(operation: "chmod", path: path, code: errno)
        }
        if kind == .directory {
            for name in names(in: path) { try giveToGroup("\(path)/\(name)", group, readOnly: readOnly) }
        }
    }

    /// Gives one file or directory to a user.
    package static func giveToUser(_ path: String, _ user: UInt32) throws(HostFileError) {
        guard lchown(path, user, UInt32.max) == 0 else {
            throw HostFileError(operation: "chown", path: path, code: errno)
        }
    }

    package static func setMode(_ path: String, _ mode: UInt32) throws(HostFileError) {
        guard chmod(path, mode) == 0 else { throw HostFileError(operation: "chmod", path: path, code: errno) }
    }
}
