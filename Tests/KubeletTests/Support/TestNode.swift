import APIClient
import APIMachinery
import APITypes
import ContainerRuntime
import Determinism
import Glibc
import Kubelet
import LinuxKernel
import Logging
import Testing

/// A kubelet over a fake API and a fake runtime, on manual time, with a directory of its own.
final class TestNode: Sendable {
    let cluster = FakeCluster()
    let time = ManualTimekeeper()
    let runtime: FakeContainerRuntime
    let directory: String

    init() {
        runtime = FakeContainerRuntime(time: time)
        directory = "/tmp/kubelet-test-\(SystemRandomSource().nameSuffix(10))"
    }

    /// Runs a kubelet while `body` runs.
    func run(_ body: @escaping @Sendable (TestNode) async throws -> Void) async throws {
        defer { try? HostFiles.remove(directory) }
        var configuration = KubeletConfiguration(nodeName: "node-1", nodeIPs: ["192.0.2.1"])
        configuration.rootDirectory = "\(directory)/kubelet"
        configuration.podLogsDirectory = "\(directory)/logs"
        configuration.evictionMemoryAvailableBytes = 0
        configuration.evictionNodefsAvailablePercent = 0
        configuration.serverPort = 0
        configuration.capacityOverride = ["cpu": .units(4)]
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let kubelet = Kubelet(
            configuration: configuration, client: APIClient(transport: cluster, fieldManager: "kubelet"),
            runtime: runtime, mounts: FakeMounts(), time: time, random: SeededRandomSource(seed: 1), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await kubelet.run() }
            group.addTask { try await body(self) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Waits for something that other tasks bring about; fails after many turns.
    func eventually(
        _ what: String, _ location: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
    ) async throws {
        for turn in 0..<3000 {
            if condition() { return }
            await Task.yield()
            // Other tests share the machine: give way for real once yielding alone did not help.
            if turn > 100 { usleep(1000) }
        }
        Issue.record("never: \(what)", sourceLocation: location)
        throw CancellationError()
    }

    func pod(_ name: String = "web") -> Pod? { cluster.get(Pod.self, name) }

    func containers() async -> [RuntimeContainer] {
        (try? await runtime.listContainers(ContainerFilter())) ?? []
    }
}
