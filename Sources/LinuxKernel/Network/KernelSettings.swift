/// The kernel's settings below `/proc/sys`, many of which each network namespace has for itself.
package enum KernelSettings {
    /// Sets `net.ipv4.ip_forward` and its like. `namespace` is a file such as `/run/netns/x`; `nil` is ours.
    package static func set(_ name: String, to value: String, in namespace: String?) async throws(KernelError) {
        let path = path(name)
        let write: @Sendable () throws(KernelError) -> Void = { () throws(KernelError) in
            try Files.write(path, Array(value.utf8))
        }
        if let namespace {
            try await NetworkNamespaces.run(in: namespace, write)
        } else {
            try await BlockingThread.attempt(write)
        }
    }

    /// Dots separate, except in the names of interfaces, which `/` separates then (sysctl(8)).
    static func path(_ name: String) -> String {
        "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
    }
}
