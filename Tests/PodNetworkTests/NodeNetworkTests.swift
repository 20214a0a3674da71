import APIMachinery
import Glibc
import LinuxKernel
import PodNetwork
import Testing

@Suite("the network of one node")
struct NodeNetworkTests {
    @Test("the runtime's configuration comes after the rules, and routes in one batch")
    func writes() async throws {
        let processes = RecordingProcessRunner()
        processes.onRun { spec in
            let routes = spec.arguments.contains("show") ? "10.244.7.0/24 via 192.168.0.8 dev eth0\n" : ""
            return ProcessResult(status: .exited(0), output: Array(routes.utf8))
        }
        let directory = "/tmp/apus-pod-network-tests-\(getpid())"
        defer { #expect(throws: Never.self) { try Files.removeTree(directory) } }
        let podCIDR = try #require(CIDR("10.244.0.0/24"))
        let options = NodeNetwork.Options(
            nodeName: "a", clusterCIDRs: [try #require(CIDR("10.244.0.0/16"))], cniDirectory: directory,
            stateDirectory: "/run/x")
        let network = NodeNetwork(options, tools: SystemTools(runner: processes))
        try await network.configure(podCIDR: podCIDR)
        let written = try Files.text("\(directory)/10-apus.conflist")
        #expect(
            written
                == #"{"cniVersion":"1.0.0","name":"apus","plugins":[{"bridge":"apus0","hairpinMode":true,"#
                + #""ipMasq":false,"ipam":{"dataDir":"/run/x","#
                + #""ranges":[[{"subnet":"10.244.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}],"#
                + #""type":"host-local"},"isGateway":true,"type":"bridge"},"#
                + #"{"capabilities":{"portMappings":true},"snat":true,"type":"portmap"}]}"#)
        let plan = try await network.route(to: [try RoutePlanTests.node("b", "192.168.0.2", "10.244.1.0/24")])
        #expect(plan.removed.count == 1)
        let inputs = processes.runs.map { String(decoding: $0.input, as: UTF8.self) }
        let masquerade = "ip saddr 10.244.0.0/24 ip daddr != 10.244.0.0/24 ip daddr != 10.244.0.0/16"
        #expect(inputs.first?.contains(masquerade) == true)
        #expect(
            inputs.last == """
                route del 10.244.7.0/24 proto 97
                route replace 10.244.1.0/24 via 192.168.0.2 proto 97

                """)
    }

    @Test("the node's address is the one it would speak to the world from, else its first", arguments: [
        ("1.1.1.1 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \\    cache", Int32(0), "192.0.2.2"),
        ("RTNETLINK answers: Network is unreachable", 2, "10.9.0.4"),
    ])
    func detects(route: String, status: Int32, expected: String) async throws {
        let processes = RecordingProcessRunner()
        processes.onRun { spec in
            spec.arguments.contains("route")
                ? ProcessResult(status: .exited(status), output: Array(route.utf8))
                : ProcessResult(
                    status: .exited(0), output: Array("2: eth0    inet 10.9.0.4/24 brd 10.9.0.255 scope global".utf8))
        }
        #expect(try await NodeAddress.detect(SystemTools(runner: processes))?.description == expected)
    }
}

/// Two nodes in network namespaces, joined by a cable. Needs root; `APUS_KERNEL_TESTS=1` asks for it.
@Suite("pod network in the kernel", .enabled(if: getenv("APUS_KERNEL_TESTS") != nil))
struct KernelPodNetworkTests {
    @Test("routes and settings take hold")
    func routes() async throws {
        let namespaces = NetworkNamespaces()
        let name = "apus-pods-\(getpid())"
        let path = try namespaces.create(name)
        defer { #expect(throws: Never.self) { try namespaces.delete(name) } }
        let tools = SystemTools(networkNamespace: path)
        try await tools.succeed("ip", ["link", "add", "v0", "type", "veth", "peer", "name", "v1"])
        try await tools.succeed("ip", ["addr", "add", "192.168.0.1/24", "dev", "v0"])
        try await tools.succeed("ip", ["link", "set", "v0", "up"])
        let directory = "/tmp/\(name)"
        defer { #expect(throws: Never.self) { try Files.removeTree(directory) } }
        let network = NodeNetwork(
            .init(nodeName: "a", clusterCIDRs: [], cniDirectory: directory, stateDirectory: directory), tools: tools)
        try await network.prepareKernel()
        try await network.configure(podCIDR: try #require(CIDR("10.244.0.0/24")))
        try await network.configure(podCIDR: try #require(CIDR("10.244.0.0/24")))
        let other = try RoutePlanTests.node("b", "192.168.0.2", "10.244.1.0/24")
        #expect(try await network.route(to: [other]).replaced.count == 1)
        #expect(try await network.route(to: [other]).replaced.isEmpty)
        #expect(try await tools.succeed("ip", ["route"]).contains("10.244.1.0/24 via 192.168.0.2 dev v0"))
        #expect(try await network.route(to: []).removed.count == 1)
        #expect(try await NodeAddress.detect(tools)?.description == "192.168.0.1")
        #expect(try await tools.succeed("sysctl", ["-n", "net.ipv4.ip_forward"]) == "1\n")
    }
}
