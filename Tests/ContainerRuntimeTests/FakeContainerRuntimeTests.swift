import ContainerRuntime
import Determinism
import Testing

@Suite("FakeContainerRuntime")
struct FakeContainerRuntimeTests {
    let time = ManualTimekeeper()
    let metadata = PodSandboxMetadata(name: "web", namespace: "default", uid: "u1")

    @Test func `a pod lives, dies and tells of it`() async throws {
        let runtime = FakeContainerRuntime(time: time)
        var events = runtime.events().makeAsyncIterator()
        let config = PodSandboxConfig(metadata: metadata)
        let sandbox = try await runtime.runPodSandbox(config, handler: "")
        #expect(try await runtime.podSandboxStatus(sandbox).ips == ["10.88.0.2"])
        let image = try await runtime.pullImage("busybox", credentials: nil)
        let container = try await runtime.createContainer(
            in: sandbox, ContainerConfig(metadata: ContainerMetadata(name: "main"), image: image),
            sandboxConfig: config)
        try await runtime.startContainer(container)
        time.advance(by: .seconds(5))
        runtime.exit(container, code: 3)

        let status = try await runtime.containerStatus(container)
        #expect(status.state == .exited)
        #expect(status.exitCode == 3)
        #expect(status.reason == "Error")
        #expect(status.finishedAt == .testEpoch + .seconds(5))
        var kinds: [RuntimeEvent.Kind] = []
        for _ in 0..<6 { if let event = await events.next() { kinds.append(event.kind) } }
        #expect(kinds == [.resync, .created, .started, .created, .started, .exited(code: 3)])
    }

    @Test func `a failure that a test asks for happens once`() async throws {
        let runtime = FakeContainerRuntime(time: time)
        runtime.fail(.runPodSandbox, with: RuntimeServiceError(.unavailable, "not now"))
        let config = PodSandboxConfig(metadata: metadata)
        await #expect(throws: RuntimeServiceError(.unavailable, "not now")) {
            try await runtime.runPodSandbox(config, handler: "")
        }
        _ = try await runtime.runPodSandbox(config, handler: "")
    }

    @Test func `a second sandbox of the same attempt is refused`() async throws {
        let runtime = FakeContainerRuntime(time: time)
        let config = PodSandboxConfig(metadata: metadata)
        let first = try await runtime.runPodSandbox(config, handler: "")
        await #expect(throws: RuntimeServiceError.self) { try await runtime.runPodSandbox(config, handler: "") }
        try await runtime.removePodSandbox(first)
        #expect(try await runtime.listPodSandboxes(PodSandboxFilter()).isEmpty)
    }
}
