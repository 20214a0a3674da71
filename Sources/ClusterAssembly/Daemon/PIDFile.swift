internal import Glibc
internal import LinuxKernel

/// Says which process is the cluster of a run directory. Locked while it lives, so that a number left
/// behind by a crash means nothing.
struct PIDFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes the file for this process; throws when another process has it.
    static func claim(_ paths: ClusterPaths) throws -> PIDFile {
        try Files.makeDirectory(paths.run)
        let descriptor = open(paths.pidFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AssemblyError("\(paths.pidFile) cannot be opened") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw AssemblyError("a cluster is already running here (\(paths.pidFile))")
        }
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        guard write(descriptor, text, text.count) == text.count else {
            throw AssemblyError("\(paths.pidFile) cannot be written")
        }
        return PIDFile(path: paths.pidFile, descriptor: descriptor)
    }

    func release() {
        unlink(path)
        close(descriptor)
    }

    /// The process that holds the file; `nil` when none does.
    static func holder(_ paths: ClusterPaths) -> Int32? {
        let descriptor = open(paths.pidFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        // A file that is locked was written by who locked it.
        guard let text = try? Files.text(paths.pidFile) else { return nil }
        return Int32(text.prefix { $0.isNumber })
    }
}
