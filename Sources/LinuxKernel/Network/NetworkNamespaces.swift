internal import CLinux
internal import Glibc

/// Named network namespaces, kept as files like those of `ip netns`.
package struct NetworkNamespaces: Sendable {
    /// `/run/netns`, where `ip netns` looks too.
    package let directory: String

    package init(directory: String = "/run/netns") { self.directory = directory }

    package func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Makes a namespace whose loopback device is up and returns its file.
    package func create(_ name: String) throws(KernelError) -> String {
        try Files.makeDirectory(directory)
        let path = path(name)
        _ = try Descriptor.open(path, flags: O_RDONLY | O_CREAT | O_EXCL, mode: 0o444)
        let code = clinux_create_network_namespace(path)
        guard code == 0 else {
            try Files.remove(path)
            throw KernelError("create network namespace", name, code: code)
        }
        return path
    }

    /// Lets go of a namespace; it ends with the last process in it. One that is gone is no error.
    package func delete(_ name: String) throws(KernelError) {
        try SystemMounts().unmount(path(name), lazily: true)
        try Files.remove(path(name))
    }

    package func list() throws(KernelError) -> [String] {
        Files.exists(directory) ? try Files.list(directory) : []
    }

    /// Runs `body` on a thread of its own that lives in the namespace behind `path`.
    package static func run<Answer: Sendable>(
        in path: String, _ body: @escaping @Sendable () throws(KernelError) -> Answer
    ) async throws(KernelError) -> Answer {
        try await BlockingThread.attempt { () throws(KernelError) -> Answer in
            let code = clinux_enter_network_namespace(path)
            guard code == 0 else { throw KernelError("enter network namespace", path, code: code) }
            return try body()
        }
    }
}
