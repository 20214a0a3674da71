import Determinism
import Glibc
import KeyValueStore
import SQLiteStore
import Testing

@Suite("SQLiteStore, killed", .serialized)
struct CrashTests {
    private struct Acknowledged {
        let revision: Revision
        /// What was written last; -1 for a removal.
        let number: Int
    }

    private static let rounds = 50

    @Test("no acknowledged write is lost and none is torn, whenever the process is killed")
    func survivesKilling() async throws {
        let random = SeededRandomSource(seed: 20_261_123)
        try await withTemporaryDirectory { path in
            var acknowledged: [String: Acknowledged] = [:]
            var newest: Revision = 0
            for round in 1...Self.rounds {
                let life = Duration.milliseconds(random.below(60))
                let lines = try CrashWriter.run(in: path + "/store", round: round, for: life)
                for line in lines {
                    let (key, revision, number) = line
                    acknowledged[key] = Acknowledged(revision: revision, number: number)
                    newest = max(newest, revision)
                }
                try #require(!lines.isEmpty, "round \(round) wrote nothing")
                if round % 10 == 0 { try await check(path + "/store", acknowledged, newest) }
            }
        }
    }

    private func check(_ path: String, _ acknowledged: [String: Acknowledged], _ newest: Revision) async throws {
        let options = SQLiteStoreOptions(relaxedPrefixes: ["/registry/leases/"])
        let store = try SQLiteStore(directory: path, options: options, logger: .silent)
        #expect(try await store.currentRevision() >= newest)
        var found: [String: Entry] = [:]
        for entry in try await store.list("/registry/", at: nil, limit: 0, after: nil).entries {
            found[entry.key] = entry
            #expect(isWhole(entry), "torn: \(entry.key)")
        }
        for (key, wanted) in acknowledged {
            guard let entry = found[key] else {
                // Removed, acknowledged or about to be: the removal follows the tenth update.
                #expect(wanted.number == -1 || wanted.number == 10, "lost: \(key) at \(wanted.revision)")
                continue
            }
            #expect(wanted.number >= 0, "came back: \(key)")
            #expect(entry.revision >= wanted.revision, "went back: \(key)")
        }
        await store.close()
    }

    /// A value is lines of its key and one number, so many as the number says.
    private func isWhole(_ entry: Entry) -> Bool {
        let lines = String(decoding: entry.value, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first, let number = first.split(separator: " ").last.flatMap({ Int($0) })
        else { return false }
        return lines.count == 1 + number % 100 && lines.allSatisfy { $0 == "\(entry.key) \(number)" }
    }
}

/// The program that writes until it is killed; built beside the tests.
enum CrashWriter {
    /// Lets it live for a while after its first acknowledged write, kills it, and returns what it reported.
    static func run(
        in path: String, round: Int, for life: Duration
    ) throws -> [(key: String, revision: Revision, number: Int)] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemCallFailed(name: "pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child = try spawn([path, "\(round)"], output: ends[1])
        close(ends[1])
        let time = SystemTimekeeper()
        var deadline: Duration?
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            output += buffer[..<count]
            let end = deadline ?? time.uptime + life
            deadline = end
            if time.uptime >= end { kill(child, SIGKILL) }
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        guard status & 0x7f == SIGKILL else {
            throw SystemCallFailed(name: "crash-writer ended by itself", code: status)
        }
        return String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
            .compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 3, let revision = Revision(words[1]), let number = Int(words[2])
                else { return nil }
                return (String(words[0]), revision, number)
            }
    }

    private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
        let program = try String(decoding: ownDirectory(), as: UTF8.self) + "/crash-writer"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var child = pid_t()
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        let code = posix_spawn(&child, program, &actions, nil, &argv, environ)
        guard code == 0 else { throw SystemCallFailed(name: "posix_spawn \(program)", code: code) }
        return child
    }

    /// The directory of the program that runs the tests.
    private static func ownDirectory() throws -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, let slash = buffer[..<count].lastIndex(of: CChar(UInt8(ascii: "/"))) else {
            throw SystemCallFailed(name: "readlink", code: errno)
        }
        return buffer[..<slash].map { UInt8(bitPattern: $0) }
    }
}
