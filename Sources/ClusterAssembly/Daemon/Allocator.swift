internal import Glibc

/// How memory is handed out in this process.
///
/// glibc keeps what a thread gave back at hand for its next request, by default seven blocks of each size up to 1 KiB.
/// A request to the API server makes and drops hundreds, many of them larger; those went through the shared heap,
/// which cost a seventh of the time of a create.
enum Allocator {
    private static let variable = "GLIBC_TUNABLES"
    /// 127 blocks is the most that glibc takes.
    private static let tunables = "glibc.malloc.tcache_count=127:glibc.malloc.tcache_max=8192"

    /// Starts the program again, in the same process, with more kept at hand: glibc reads this only at the start.
    /// Who chose for himself is left alone; a system that cannot start it again goes on as it is.
    static func tune() {
        if let set = getenv(variable) {
            // Nobody whom we start need know.
            if String(cString: set) == tunables { unsetenv(variable) }
            return
        }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlink("/proc/self/exe", &path, Int(PATH_MAX)) > 0, setenv(variable, tunables, 0) == 0 else { return }
        execv(path, CommandLine.unsafeArgv)
        unsetenv(variable)
    }
}
