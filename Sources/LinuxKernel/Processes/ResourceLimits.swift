internal import Glibc

/// What the kernel lets this process have.
package enum ResourceLimits {
    /// Raises the number of files this process may open to all that is allowed without more privileges, and returns
    /// it. Children inherit it.
    @discardableResult
    package static func raiseOpenFiles() throws(KernelError) -> UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { throw .last("getrlimit") }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { throw .last("setrlimit") }
        return UInt64(limit.rlim_max)
    }
}
