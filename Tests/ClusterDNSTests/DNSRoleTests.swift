import APIClient
import APIMachinery
import APITypes
import ClusterDNS
import ControllerRuntime
import Determinism
import Logging
import NIOCore
import NIOPosix
import TestKit
import Testing

@Suite("the DNS of a cluster")
struct DNSRoleTests {
    @Test("names come and go with the objects of the API")
    func keepsStep() async throws {
        let server = WatchableServer()
        try server.put(try Namespace(json: Array(#"{"metadata": {"name": "shop"}}"#.utf8)))
        try server.put(
            try Service(
                json: Array(
                    #"{"metadata": {"namespace": "shop", "name": "db"}, "spec": {"clusterIP": "None"}}"#.utf8)))
        let time = SystemTimekeeper()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let informers = InformerFactory(
            client: APIClient(transport: server, fieldManager: "test"), time: time, random: SystemRandomSource(),
            logger: logger)
        let port = 20_053
        let options = DNSServer.Options(
            addresses: [try address("127.0.0.1")], port: port, zone: try name("cluster.local"),
            upstream: ResolverSettings(servers: []))
        let role = DNSRole(
            options, informers: informers, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), time: time,
            random: SystemRandomSource(), logger: logger)
        let slice = """
            {"metadata": {"namespace": "shop", "name": "db-1", "labels": {"kubernetes.io/service-name": "db"}},
              "addressType": "IPv4", "endpoints": [{"addresses": ["10.244.2.7"], "hostname": "db-0"}],
              "ports": [{"name": "sql", "port": 5432, "protocol": "TCP"}]}
            """
        let at = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await informers.run() }
            group.addTask { try await role.run() }
            try await eventually(at, "db.shop.svc.cluster.local", .a) { $0.code == .nameError }
            try server.put(try EndpointSlice(json: Array(slice.utf8)))
            try await eventually(at, "db-0.db.shop.svc.cluster.local", .a) {
                $0.answers.map(\.text) == ["5 A 10.244.2.7"]
            }
            try await eventually(at, "_sql._tcp.db.shop.svc.cluster.local", .srv) {
                $0.answers.map(\.text) == ["5 SRV 0 100 5432 db-0.db.shop.svc.cluster.local."]
            }
            server.remove(Service.self, namespace: "shop", name: "db")
            try await eventually(at, "db-0.db.shop.svc.cluster.local", .a) { $0.code == .nameError }
            group.cancelAll()
        }
    }

    /// Asks until the answer is as wanted.
    func eventually(
        _ server: SocketAddress, _ text: String, _ type: RecordType, _ isWanted: (DNSMessage) -> Bool
    ) async throws {
        let client = DNSServerTests()
        var last: DNSMessage?
        for _ in 0..<400 {
            // Loss is fine: until the server listens, the kernel refuses.
            last = try? await client.ask(server, text, type)
            if let last, isWanted(last) { return }
            try await SystemTimekeeper().sleep(for: .milliseconds(10))
        }
        Issue.record("\(text) was answered with \(String(describing: last))")
    }
}
