import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import Glibc
import LinuxKernel
import Logging
import PodNetwork
import TestKit
import Testing

@Suite("the pod network of a node")
struct PodNetworkRoleTests {
    static func node(_ name: String, _ address: String, _ podCIDR: String) throws -> Node {
        let text = """
            {"metadata": {"name": "\(name)"}, "spec": {"podCIDR": "\(podCIDR)", "podCIDRs": ["\(podCIDR)"]},
              "status": {"addresses": [{"type": "Hostname", "address": "\(name)"},
                {"type": "InternalIP", "address": "\(address)"}]}}
            """
        return try Node(json: Array(text.utf8))
    }

    @Test("routes are set for the Nodes there are, and again when one comes")
    func keepsStep() async throws {
        let server = WatchableServer()
        try server.put(try Self.node("b", "192.168.0.2", "10.244.1.0/24"))
        let processes = RecordingProcessRunner()
        let time = SystemTimekeeper()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let informers = InformerFactory(
            client: APIClient(transport: server, fieldManager: "test"), time: time, random: SystemRandomSource(),
            logger: logger)
        // The own Node "a" has no pod network in this test, so neither settings nor files are written.
        let role = PodNetworkRole(
            .init(nodeName: "a", clusterCIDRs: []), informers: informers, tools: SystemTools(runner: processes),
            time: time, random: SystemRandomSource(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await informers.run() }
            group.addTask { try await role.run() }
            try await told("route replace 10.244.1.0/24 via 192.168.0.2 proto 97", processes, time)
            try server.put(try Self.node("c", "192.168.0.3", "10.244.2.0/24"))
            try await told("route replace 10.244.2.0/24 via 192.168.0.3 proto 97", processes, time)
            group.cancelAll()
        }
    }

    /// Waits until some tool was told that line.
    func told(_ line: String, _ processes: RecordingProcessRunner, _ time: any Timekeeper) async throws {
        for _ in 0..<1_000 {
            let inputs = processes.runs.map { String(decoding: $0.input, as: UTF8.self) }
            if inputs.contains(where: { $0.contains(line) }) { return }
            try await time.sleep(for: .milliseconds(5))
        }
        Issue.record("nobody was told \(line)")
    }
}
