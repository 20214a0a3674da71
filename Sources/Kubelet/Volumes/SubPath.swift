internal import Glibc
package import LinuxKernel

/// A part of a volume, held fast so that nobody in the pod can swap it for a link to somewhere else.
package enum SubPath {
    /// Linux's `O_PATH`, which Swift's Glibc leaves out.
    private static let pathOnly: Int32 = 0o10000000

    /// Binds `volume/relative` (made if missing) to `target`, without leaving the volume by links.
    package static func bind(
        volume: String, relative: String, to target: String, mounts: any MountService
    ) throws {
        if try mounts.isMounted(target) { return }
        let descriptor = try open(volume: volume, relative: relative)
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw HostFileError(operation: "stat", path: relative, code: errno) }
        if info.st_mode & S_IFMT == S_IFDIR {
            try HostFiles.makeDirectory(target)
        } else {
            if let slash = target.lastIndex(of: "/") { try HostFiles.makeDirectory(String(target[..<slash])) }
            try HostFiles.write(target, [])
        }
        try mounts.bind(source: "/proc/self/fd/\(descriptor)", target: target, MountOptions(recursive: true))
    }

    /// An `O_PATH` descriptor of the place.
    private static func open(volume: String, relative: String) throws -> Int32 {
        guard let root = HostFiles.realPath(volume) else {
            throw ContainerConfigFailure("volume directory \(volume) does not exist")
        }
        let parts = relative.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !parts.contains("..") else { throw ContainerConfigFailure("subPath must not contain '..'") }
        // Links are resolved once; what they lead to must be inside, and is then walked without following any.
        let wanted = root + "/" + parts.joined(separator: "/")
        let resolved = HostFiles.realPath(wanted) ?? wanted
        guard resolved == root || resolved.hasPrefix(root + "/") else {
            throw ContainerConfigFailure("subpath \"\(relative)\" not within volume path")
        }
        var current = Glibc.open(root, pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard current >= 0 else { throw HostFileError(operation: "open", path: root, code: errno) }
        var whole = stat()
        guard fstat(current, &whole) == 0 else {
            close(current)
            throw HostFileError(operation: "stat", path: root, code: errno)
        }
        for part in resolved.dropFirst(root.utf8.count).split(separator: "/").map(String.init) {
            var next = openat(current, part, pathOnly | O_NOFOLLOW | O_CLOEXEC)
            let isMissing = next < 0 && errno == ENOENT
            if isMissing {
                mkdirat(current, part, 0o750)
                next = openat(current, part, pathOnly | O_NOFOLLOW | O_CLOEXEC)
            }
            let code = errno
            close(current)
            guard next >= 0 else { throw HostFileError(operation: "open", path: part, code: code) }
            var info = stat()
            guard fstat(next, &info) == 0, info.st_mode & S_IFMT != S_IFLNK else {
                close(next)
                throw ContainerConfigFailure("subpath \"\(relative)\" not within volume path")
            }
            // Whoever may write into the volume may write into what was made in it, whatever our umask says.
            if isMissing { chmod("/proc/self/fd/\(next)", whole.st_mode & 0o7777) }
            current = next
        }
        return current
    }
}
