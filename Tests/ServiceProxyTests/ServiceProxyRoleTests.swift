import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import LinuxKernel
import Logging
import ServiceProxy
import TestKit
import Testing

@Suite("the service proxy of a node")
struct ServiceProxyRoleTests {
    static let service = """
        {"metadata": {"namespace": "shop", "name": "web"}, "spec": {
          "type": "NodePort", "clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7", "fd00::7"],
          "ports": [{"name": "http", "protocol": "TCP", "port": 80, "nodePort": 30080, "targetPort": 8080}]}}
        """
    static let slice = """
        {"metadata": {"namespace": "shop", "name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
          "addressType": "IPv4", "ports": [{"name": "http", "port": 8080}],
          "endpoints": [{"addresses": ["10.244.2.7"], "conditions": {"ready": true}, "nodeName": "n2"}]}
        """

    @Test("writes all rules once the API has told everything, then only what changes")
    func keepsStep() async throws {
        let server = WatchableServer()
        try server.put(try Service(json: Array(Self.service.utf8)))
        try server.put(try EndpointSlice(json: Array(Self.slice.utf8)))
        let processes = RecordingProcessRunner()
        let time = SystemTimekeeper()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let informers = InformerFactory(
            client: APIClient(transport: server, fieldManager: "test"), time: time, random: SystemRandomSource(),
            logger: logger)
        let role = ServiceProxyRole(
            .init(nodeName: "n1", clusterCIDRs: []), informers: informers,
            tools: SystemTools(runner: processes, networkNamespace: "/nowhere"), time: time,
            random: SystemRandomSource(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await informers.run() }
            group.addTask { try await role.run() }
            let first = try await written(1, processes, time)
            #expect(first.contains("tcp-endpoints { 10.96.0.7 . 80 . 0 : 10.244.2.7 . 8080"))
            #expect(first.contains("tcp . 30080 : goto node-outside-tcp-1"))
            #expect(!first.contains("fd00"))
            server.remove(EndpointSlice.self, namespace: "shop", name: "web-1")
            let second = try await written(2, processes, time)
            #expect(second.contains("add element ip apus no-endpoints { 10.96.0.7 . tcp . 80 : goto reject-all }"))
            #expect(!second.contains("add table"))
            group.cancelAll()
        }
    }

    /// What nft was told the `count`th time. Waits for other tasks only.
    func written(_ count: Int, _ processes: RecordingProcessRunner, _ time: any Timekeeper) async throws -> String {
        for _ in 0..<1_000 {
            let runs = processes.runs.filter { $0.spec.path.hasSuffix("nft") }
            if runs.count >= count { return String(decoding: runs[count - 1].input, as: UTF8.self) }
            try await time.sleep(for: .milliseconds(5))
        }
        throw BadFixture(text: "nft was not told anything the \(count). time")
    }
}
