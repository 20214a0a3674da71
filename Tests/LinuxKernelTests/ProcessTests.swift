import LinuxKernel
import Testing

@Suite("Processes")
struct ProcessTests {
    let runner = SystemProcessRunner()

    @Test func `a program gets its input and gives output, errors and status`() async throws {
        let spec = ProcessSpec("/bin/sh", ["-c", "cat; echo $NAME >&2; exit 3"], environment: ["NAME": "ant"])
        let input = [UInt8](repeating: 0x61, count: 300_000)
        let result = try await runner.run(spec, input: input, timeout: .seconds(20))
        #expect(result.status == .exited(3))
        #expect(result.output == input)
        #expect(result.errorText == "ant\n")
        #expect(!result.timedOut)
    }

    @Test func `a program that takes too long is killed`() async throws {
        let result = try await runner.run(ProcessSpec("/bin/sleep", ["60"]), timeout: .milliseconds(50))
        #expect(result.timedOut)
        #expect(result.status == .killed(signal: ProcessTable.killNow))
    }

    @Test func `a program that is not there is an error with its path`() async throws {
        await #expect(throws: KernelError("start", "/nowhere/x", code: 2)) {
            try await runner.run(ProcessSpec("/nowhere/x"))
        }
    }

    @Test func `what a child leaves behind in the background holds nobody up`() async throws {
        let spec = ProcessSpec("/bin/sh", ["-c", "sleep 30 & echo done; echo $!"])
        let result = try await runner.run(spec, timeout: .seconds(20))
        let lines = result.outputText.split(separator: "\n")
        #expect(lines.first == "done")
        if let last = lines.last, let pid = Int32(last) { ProcessTable.signal(pid, ProcessTable.killNow) }
    }

    @Test func `a started process can be waited for by its own and by an adopted handle`() async throws {
        let child = try ProcessHandle.start(ProcessSpec("/bin/sleep", ["60"], newSession: true))
        let adopted = try ProcessHandle(adopting: child.pid)
        #expect(child.isRunning)
        #expect(child.terminate())
        #expect(try await child.wait() == .killed(signal: ProcessTable.terminate))
        _ = try await adopted.wait()
        #expect(!child.signal(0))
    }

    /// Needs root.
    @Test(.enabled(if: ProcessTable.isRoot))
    func `a network namespace is made, entered and deleted`() async throws {
        let namespaces = NetworkNamespaces()
        let name = "apus-test-\(ProcessTable.ownPID)"
        let path = try namespaces.create(name)
        let spec = ProcessSpec("/bin/cat", ["/proc/net/dev"], networkNamespace: path)
        let result = try await runner.run(spec, timeout: .seconds(20))
        #expect(result.outputText.contains("lo:"))
        #expect(!result.outputText.contains("eth0"))
        let inside = try await NetworkNamespaces.run(in: path) { () throws(KernelError) -> String in
            try Files.linkTarget("/proc/thread-self/ns/net")
        }
        #expect(inside != (try Files.linkTarget("/proc/self/ns/net")))
        try namespaces.delete(name)
        #expect(try !namespaces.list().contains(name))
    }
}
