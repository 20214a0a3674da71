internal import Glibc

/// The processes of this machine, from /proc.
package enum ProcessTable {
    /// The program and arguments of every process that shows them, by process number.
    package static func commandLines(root: String = "/proc") -> [Int32: [String]] {
        var lines: [Int32: [String]] = [:]
        // Without /proc there is nothing to tell; processes that end meanwhile are left out.
        for name in (try? Files.list(root)) ?? [] {
            guard let pid = Int32(name) else { continue }
            let line = commandLine(pid, root: root)
            if !line.isEmpty { lines[pid] = line }
        }
        return lines
    }

    /// The program and arguments of one process; empty when it is gone or is the kernel's.
    package static func commandLine(_ pid: Int32, root: String = "/proc") -> [String] {
        guard let bytes = try? Files.read("\(root)/\(pid)/cmdline") else { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A variable of our own environment.
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Sends a signal by number; false when there is no such process. Only for processes just read from the table.
    @discardableResult
    package static func signal(_ pid: Int32, _ number: Int32) -> Bool { kill(pid, number) == 0 }

    /// The signals that a daemon sends.
    package static let terminate = SIGTERM
    package static let killNow = SIGKILL

    package static var ownPID: Int32 { getpid() }
    package static var isRoot: Bool { geteuid() == 0 }

    /// Whether this process has a capability (capabilities(7)) in its effective set.
    package static func hasCapability(_ number: Int, status: String? = nil) -> Bool {
        // A kernel without /proc/self/status has no capabilities that we could use.
        guard let text = status ?? (try? Files.text("/proc/self/status")) else { return false }
        for line in text.split(separator: "\n") where line.hasPrefix("CapEff:") {
            let digits = line.dropFirst(7).drop { $0 == " " || $0 == "\t" }
            return (UInt64(digits, radix: 16) ?? 0) >> UInt64(number) & 1 == 1
        }
        return false
    }

    /// CAP_SYS_RESOURCE: may lower oom_score_adj and raise limits.
    package static let systemResourceCapability = 24
}
