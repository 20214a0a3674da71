internal import CLinux
internal import Glibc

/// Files and folders, without Foundation. All calls block.
package enum Files {
    /// The longest file that `read` takes, in bytes.
    package static let readLimit = 256 * 1024 * 1024

    package static func read(_ path: String, limit: Int = readLimit) throws(KernelError) -> [UInt8] {
        do throws(KernelError) {
            return try Descriptor.open(path, flags: O_RDONLY).readToEnd(limit: limit)
        } catch {
            throw KernelError("read", path, code: error.code)
        }
    }

    package static func text(_ path: String) throws(KernelError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Replaces the contents in place; the file need not exist.
    package static func write(
        _ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o644
    ) throws(KernelError) {
        let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        do throws(KernelError) {
            try file.writeAll(bytes)
        } catch {
            throw KernelError("write", path, code: error.code)
        }
    }

    /// Replaces the file so that a reader sees either the old or the new contents, also after a power cut.
    package static func writeAtomically(
        _ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o644
    ) throws(KernelError) {
        let draft = "\(path).new"
        let file = try Descriptor.open(draft, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(bytes)
        guard fchmod(file.number, mode) == 0 else { throw .last("chmod", draft) }
        guard fdatasync(file.number) == 0 else { throw .last("sync", draft) }
        try rename(draft, to: path)
    }

    package static func append(_ path: String, _ bytes: some Collection<UInt8>) throws(KernelError) {
        try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND).writeAll(bytes)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Makes the folder and those above it; one that exists is no error.
    package static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(KernelError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .last("mkdir", path)
        }
        try makeDirectory(String(path[..<slash]), mode: 0o755)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .last("mkdir", path) }
    }

    /// The names in a folder, sorted.
    package static func list(_ path: String) throws(KernelError) -> [String] {
        guard let directory = opendir(path) else { throw .last("open", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func rename(_ old: String, to new: String) throws(KernelError) {
        guard Glibc.rename(old, new) == 0 else { throw .last("rename", old) }
    }

    package static func symlink(_ target: String, at path: String) throws(KernelError) {
        guard Glibc.symlink(target, path) == 0 else { throw .last("symlink", path) }
    }

    package static func linkTarget(_ path: String) throws(KernelError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &buffer, Int(PATH_MAX))
        guard count >= 0 else { throw .last("readlink", path) }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package static func setMode(_ path: String, _ mode: UInt32) throws(KernelError) {
        guard chmod(path, mode) == 0 else { throw .last("chmod", path) }
    }

    package static func setOwner(_ path: String, user: UInt32, group: UInt32) throws(KernelError) {
        guard lchown(path, user, group) == 0 else { throw .last("chown", path) }
    }

    /// Removes a file, a link or an empty folder; what is not there is no error.
    package static func remove(_ path: String) throws(KernelError) {
        guard Glibc.remove(path) == 0 || errno == ENOENT else { throw .last("remove", path) }
    }

    /// Removes a folder with all that is in it, following no links and crossing no mounts: a folder on which
    /// something is mounted makes the kernel refuse with "busy".
    package static func removeTree(_ path: String) throws(KernelError) {
        guard let facts = try FileFacts.read(path) else { return }
        if facts.kind == .directory {
            for name in try list(path) {
                let child = "\(path)/\(name)"
                if let inner = try FileFacts.read(child), inner.device != facts.device {
                    throw KernelError("remove", child, code: EBUSY)
                }
                try removeTree(child)
            }
        }
        try remove(path)
    }
}
