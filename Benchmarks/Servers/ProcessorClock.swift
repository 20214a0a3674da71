internal import Glibc
internal import LinuxKernel

/// How much processor time a server has used so far.
enum ProcessorClock: Sendable {
    /// User and system time of these processes.
    case processes([Int32])
    /// What the server says of itself: `process_cpu_seconds_total` on `/metrics`.
    case metrics

    /// Microseconds since the processes began.
    func read(over connection: Connection) async throws -> Double {
        switch self {
        case .processes(let ids):
            return try ids.reduce(0) { $0 + (try Self.microseconds(of: $1)) }
        case .metrics:
            let answer = try await connection.send(
                Call(method: "GET", target: "/metrics", accept: "text/plain", keepsBody: true, acceptsCompression: false))
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            let name = "process_cpu_seconds_total "
            guard let line = lines.first(where: { $0.hasPrefix(name) }), let seconds = Double(line.dropFirst(name.count))
            else { throw BenchmarkError("the server tells no \(name)on /metrics (\(answer.status)); use --pids") }
            return seconds * 1_000_000
        }
    }

    /// Fields 14 and 15 of `/proc/ID/stat`, counted behind the command's name, which may contain anything.
    private static func microseconds(of id: Int32) throws -> Double {
        let text = try Files.text("/proc/\(id)/stat")
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw BenchmarkError("/proc/\(id)/stat cannot be read")
        }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory of the processes in bytes; `nil` where they are not known.
    var residentBytes: Int? {
        guard case .processes(let ids) = self else { return nil }
        return ids.reduce(into: 0) { sum, id in
            // A process that is gone holds nothing.
            let text = (try? Files.text("/proc/\(id)/status")) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            sum += (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
    }
}
