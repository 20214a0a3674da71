import LinuxKernel
import ServiceProxy
import Testing

@Suite("the rule keeper")
struct RuleKeeperTests {
    @Test("everything is written at first and after a failure, otherwise only what changed")
    func resync() async throws {
        let processes = RecordingProcessRunner()
        var keeper = RuleKeeper(ToolRuleWriter(SystemTools(runner: processes)))
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try await keeper.apply(fixture.plan).isWhole)
        #expect(try await keeper.apply(fixture.plan).commandCount == 0)
        #expect(processes.runs.count == 1)
        #expect(String(decoding: processes.runs[0].input, as: UTF8.self).hasPrefix("add table ip apus\ndelete table"))

        try fixture.add("10.244.2.8", on: "n2")
        processes.onRun { _ in ProcessResult(status: .exited(1), errors: Array("Error: no such chain".utf8)) }
        await #expect(throws: ToolError.self) { _ = try await keeper.apply(fixture.plan) }
        processes.onRun { _ in ProcessResult(status: .exited(0)) }
        #expect(try await keeper.apply(fixture.plan).isWhole)
    }
}
