import Glibc
import Synchronization

/// A program that a test runs; its output goes to a file.
final class ChildProcess: Sendable {
    private let pid: pid_t

    /// Starts the program. Throws with its name when it is not installed.
    init(_ program: String, _ arguments: [String], package name: String, output: String) throws {
        guard access(program, X_OK) == 0 else { throw Missing(program: program, package: name) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var child = pid_t()
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        let code = posix_spawn(&child, program, &actions, nil, &argv, environ)
        guard code == 0 else { throw Failed(what: program, code: code) }
        pid = child
    }

    /// Waits for its end and returns its exit status; -1 when a signal ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status & 0x7f == 0 ? status >> 8 & 0xff : -1
    }

    func killAndWait() {
        kill(pid, SIGKILL)
        _ = wait()
    }

    struct Missing: Error, CustomStringConvertible {
        let program: String
        let package: String
        var description: String { "\(program) is not installed: apt install \(package)" }
    }

    struct Failed: Error {
        let what: String
        let code: Int32
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String], package name: String, output: String) throws {
        let code = try ChildProcess(program, arguments, package: name, output: output).wait()
        if code != 0 { throw Failed(what: ([program] + arguments).joined(separator: " "), code: code) }
    }
}

/// Runs `body` with a directory of its own, which is removed afterwards.
func withTemporaryDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/apus-etcd-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(what: "mkdtemp", code: errno) }
    let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    let result: Result<T, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    try ChildProcess.run("/usr/bin/rm", ["-rf", path], package: "coreutils", output: "/dev/null")
    return try result.get()
}

/// Ports of the loopback that nobody listens on, given out once. They lie below those that the kernel gives to
/// connections: such a port may be taken again before a server that is yet to start listens on it.
func freePorts(_ count: Int) throws -> [Int] {
    try nextPort.withLock { next in
        var ports: [Int] = []
        while ports.count < count {
            guard next < 32_000 else { throw ChildProcess.Failed(what: "bind", code: EADDRINUSE) }
            if try isFree(next) { ports.append(next) }
            next += 1
        }
        return ports
    }
}

/// Tests of two processes begin at different ports.
private let nextPort = Mutex(12_000 + Int(getpid()) % 160 * 100)

private func isFree(_ port: Int) throws -> Bool {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw ChildProcess.Failed(what: "socket", code: errno) }
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
