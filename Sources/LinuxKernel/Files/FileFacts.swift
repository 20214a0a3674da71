internal import CLinux
internal import Glibc

/// What the kernel knows of one file.
package struct FileFacts: Sendable, Equatable {
    package enum Kind: Sendable { case regular, directory, symlink, other }

    package var kind: Kind
    /// Permission bits, `0o7777` at most.
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32
    package var sizeBytes: Int64
    /// Bytes that the file takes on its disk.
    package var allocatedBytes: Int64
    package var device: UInt64
    package var inode: UInt64
    package var modifiedSeconds: Int64

    /// nil when there is no such file.
    package static func read(_ path: String) throws(KernelError) -> FileFacts? {
        var status = stat()
        return try facts(path, lstat(path, &status), status)
    }

    /// The same of what a link leads to.
    package static func followed(_ path: String) throws(KernelError) -> FileFacts? {
        var status = stat()
        return try facts(path, stat(path, &status), status)
    }

    private static func facts(_ path: String, _ result: Int32, _ status: stat) throws(KernelError) -> FileFacts? {
        guard result == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .last("stat", path)
        }
        let kind: Kind =
            clinux_is_directory(status.st_mode) != 0
            ? .directory
            : clinux_is_symlink(status.st_mode) != 0
                ? .symlink : clinux_is_regular(status.st_mode) != 0 ? .regular : .other
        return FileFacts(
            kind: kind, mode: status.st_mode & 0o7777, user: status.st_uid, group: status.st_gid,
            sizeBytes: Int64(status.st_size), allocatedBytes: Int64(status.st_blocks) * 512,
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            modifiedSeconds: Int64(status.st_mtim.tv_sec))
    }
}

/// How full a file system is.
package struct FilesystemSpace: Sendable, Equatable {
    package var capacityBytes: UInt64
    /// What an ordinary user may still take.
    package var availableBytes: UInt64
    package var usedBytes: UInt64
    package var inodes: UInt64
    package var freeInodes: UInt64

    package init(
        capacityBytes: UInt64, availableBytes: UInt64, usedBytes: UInt64, inodes: UInt64, freeInodes: UInt64
    ) {
        self.capacityBytes = capacityBytes
        self.availableBytes = availableBytes
        self.usedBytes = usedBytes
        self.inodes = inodes
        self.freeInodes = freeInodes
    }

    /// Asks the file system that holds `path`. Blocks as long as the file system does.
    package static func read(_ path: String) throws(KernelError) -> FilesystemSpace {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .last("statvfs", path) }
        let unit = UInt64(status.f_frsize)
        return FilesystemSpace(
            capacityBytes: UInt64(status.f_blocks) * unit, availableBytes: UInt64(status.f_bavail) * unit,
            usedBytes: UInt64(status.f_blocks - status.f_bfree) * unit, inodes: UInt64(status.f_files),
            freeInodes: UInt64(status.f_ffree))
    }
}

/// What a folder and all in it take, without what is mounted below it; hard links count once.
package struct TreeUsage: Sendable, Equatable {
    package var bytes: Int64 = 0
    package var inodes: Int64 = 0

    package init() {}

    /// Walks the tree; files that vanish meanwhile are left out. Blocks.
    package static func read(_ path: String) throws(KernelError) -> TreeUsage {
        var usage = TreeUsage()
        guard let root = try FileFacts.read(path) else { throw KernelError("stat", path, code: ENOENT) }
        var seen: Set<UInt64> = []
        var folders = [path]
        usage.add(root, &seen)
        while let folder = folders.popLast() {
            // A folder that has just been removed holds nothing.
            guard let names = try? Files.list(folder) else { continue }
            for name in names {
                let child = "\(folder)/\(name)"
                guard let facts = try FileFacts.read(child), facts.device == root.device else { continue }
                usage.add(facts, &seen)
                if facts.kind == .directory { folders.append(child) }
            }
        }
        return usage
    }

    private mutating func add(_ facts: FileFacts, _ seen: inout Set<UInt64>) {
        guard seen.insert(facts.inode).inserted else { return }
        bytes += facts.allocatedBytes
        inodes += 1
    }
}
