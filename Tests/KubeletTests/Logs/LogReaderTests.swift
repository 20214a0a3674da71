import Determinism
import Kubelet
import Testing

@Suite("Container logs")
struct LogReaderTests {
    static let lines = """
        2026-01-01T00:00:01.000000000Z stdout F one
        2026-01-01T00:00:02.000000000Z stdout P tw
        2026-01-01T00:00:02.500000000Z stdout F o
        2026-01-01T00:00:03.000000000Z stderr F three
        not a line

        """

    private func read(_ change: (inout LogOptions) -> Void) async throws -> String {
        let path = "/tmp/kubelet-test-\(SystemRandomSource().nameSuffix(10)).log"
        defer { try? HostFiles.remove(path) }
        try HostFiles.write(path, Array(Self.lines.utf8))
        var options = LogOptions()
        change(&options)
        let reader = LogReader(path: path, options: options, wakes: AsyncStream { $0.finish() }) { false }
        var bytes: [UInt8] = []
        try await reader.run { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("partial lines are joined, and what is no line is left out")
    func whole() async throws {
        #expect(try await read { _ in } == "one\ntwo\nthree\n")
    }

    @Test("tail, since, stream, limit and timestamps")
    func options() async throws {
        #expect(try await read { $0.tailLines = 2 } == "three\n")
        #expect(try await read { $0.tailLines = 0 } == "")
        #expect(try await read { $0.since = Timestamp(rfc3339: "2026-01-01T00:00:02.6Z") } == "three\n")
        #expect(try await read { $0.stream = .stderr } == "three\n")
        #expect(try await read { $0.limitBytes = 5 } == "one\nt")
        #expect(
            try await read { $0.timestamps = true }
                == "2026-01-01T00:00:01.000000000Z one\n2026-01-01T00:00:02.000000000Z two\n"
                + "2026-01-01T00:00:03.000000000Z three\n")
    }
}
