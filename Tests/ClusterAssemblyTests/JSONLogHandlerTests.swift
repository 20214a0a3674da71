import APIMachinery
import ClusterAssembly
import Determinism
import Logging
import Synchronization
import Testing

private final class Lines: LogLines {
    private let lines = Mutex<[[UInt8]]>([])

    func write(_ line: [UInt8]) { lines.withLock { $0.append(line) } }

    func values() throws -> [Value] {
        try lines.withLock { $0 }.map { line in
            #expect(line.last == UInt8(ascii: "\n") && !line.dropLast().contains(UInt8(ascii: "\n")))
            return try Value(json: Array(line.dropLast()))
        }
    }
}

/// Log lines for programs.
@Suite("JSON log")
struct JSONLogHandlerTests {
    @Test("a line has Kubernetes' fields: when, where, what, how verbose, and what went wrong")
    func fields() throws {
        let lines = Lines()
        let time = ManualTimekeeper(now: Timestamp(nanoseconds: 1_580_306_777_045_257_800))
        var logger = Logger(label: "x") { _ in JSONLogHandler(to: lines, time: time) }
        logger.logLevel = .debug
        logger.info("it \"works\"", metadata: ["pod": "a/b"])
        logger.debug("details")
        logger.error("it does not", metadata: ["error": "broken\nin two", "pod": "c"])
        let values = try lines.values()
        #expect(values.map { $0["msg"]?.stringValue } == ["it \"works\"", "details", "it does not"])
        #expect(values.map { $0["v"]?.integerValue } == [0, 4, nil])
        #expect(values[0]["pod"] == "a/b")
        #expect(values[2]["err"] == "broken\nin two" && values[2]["error"] == nil && values[2]["pod"] == "c")
        #expect(values[0]["ts"]?.doubleValue == 1_580_306_777_045.2578)
        #expect(values[0]["caller"]?.stringValue?.hasPrefix("ClusterAssemblyTests/JSONLogHandlerTests.swift:") == true)
    }
}
