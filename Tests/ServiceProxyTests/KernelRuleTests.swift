import APIMachinery
import Determinism
import LinuxKernel
import ServiceProxy
import Testing

/// Applies plans to a real kernel: a namespace for the node, one for its pods, a cable between them.
///
/// Needs root, `ip`, `nft` and `socat`, and is skipped without: `APUS_KERNEL_TESTS=1` asks for it.
@Suite("rules in the kernel", .serialized, .enabled(if: KernelLab.isWanted))
struct KernelRuleTests {
    @Test("a connection to a cluster address and to a node port reaches each endpoint")
    func connects() async throws {
        try await KernelLab.with(name: "connect") { lab in
            var fixture = try ServiceFixture(nodePort: 30080)
            fixture.node.clusterCIDRs = [try block("10.244.0.0/16")]
            for last in 11...13 { try fixture.add("10.244.0.\(last)", on: "n2") }
            var keeper = RuleKeeper(lab.writer)
            _ = try await keeper.apply(fixture.plan)
            var seen: Set<String> = []
            for _ in 0..<24 { seen.insert(try await lab.ask("10.96.0.1", 80)) }
            #expect(seen == ["10.244.0.11", "10.244.0.12", "10.244.0.13"])
            #expect(try await lab.ask("10.244.0.1", 30080).hasPrefix("10.244.0.1"))
            #expect(try await lab.ask("127.0.0.1", 30080).hasPrefix("10.244.0.1"))
            #expect(try await lab.ask("10.96.0.1", 81) == "refused")

            fixture.endpoints.removeFirst()
            let report = try await keeper.apply(fixture.plan)
            #expect(!report.isWhole)
            for _ in 0..<12 { #expect(["10.244.0.12", "10.244.0.13"].contains(try await lab.ask("10.96.0.1", 80))) }
        }
    }

    @Test("a change of endpoints, affinity, and the end of a Service are accepted by nft")
    func changes() async throws {
        try await KernelLab.with(name: "change") { lab in
            var fixture = try ServiceFixture(nodePort: 30080)
            fixture.service.affinitySeconds = 600
            fixture.service.externalTrafficPolicy = .local
            fixture.service.externalIPs = [try address("198.51.100.1")]
            fixture.service.loadBalancerIPs = [try address("198.51.100.2")]
            fixture.service.loadBalancerSourceRanges = [try block("203.0.113.0/24"), try block("10.0.0.0/8")]
            for last in 11...13 { try fixture.add("10.244.0.\(last)", on: last == 11 ? "n1" : "n2") }
            var keeper = RuleKeeper(lab.writer)
            _ = try await keeper.apply(fixture.plan)
            let first = try await lab.ask("10.96.0.1", 80)
            for _ in 0..<8 { #expect(try await lab.ask("10.96.0.1", 80) == first) }

            fixture.endpoints.removeAll { $0.address.description == first }
            _ = try await keeper.apply(fixture.plan)
            #expect(try await lab.ask("10.96.0.1", 80) != first)
            fixture.endpoints = []
            _ = try await keeper.apply(fixture.plan)
            #expect(try await lab.ask("10.96.0.1", 80) == "refused")
            fixture.service.ports = []
            let report = try await keeper.apply(fixture.plan)
            #expect(!report.isWhole)
        }
    }

    @Test("a client that keeps sending datagrams moves to another endpoint when its own is gone")
    func datagrams() async throws {
        try await KernelLab.with(name: "udp") { lab in
            var fixture = try ServiceFixture(.udp)
            try fixture.add("10.244.0.11", on: "n2")
            var keeper = RuleKeeper(lab.writer)
            _ = try await keeper.apply(fixture.plan)
            #expect(try await lab.send("10.96.0.1", 80) == "10.244.0.11")
            fixture.endpoints = []
            try fixture.add("10.244.0.12", on: "n2")
            let report = try await keeper.apply(fixture.plan)
            #expect(report.forgottenFlows == 1)
            #expect(try await lab.send("10.96.0.1", 80) == "10.244.0.12")
        }
    }

    @Test("a thousand Services are written in a second, and a changed endpoint at once")
    func thousandServices() async throws {
        try await KernelLab.with(name: "many") { lab in
            let time = SystemTimekeeper()
            var snapshot = try ProxySnapshot.large(1_000)
            var keeper = RuleKeeper(lab.writer)
            let start = time.uptime
            let plan = RulePlan(snapshot)
            let planned = time.uptime
            _ = try await keeper.apply(plan)
            let written = time.uptime
            snapshot.slices[500].ports[0].endpoints.removeLast()
            let changed = RulePlan(snapshot)
            let plannedAgain = time.uptime
            let report = try await keeper.apply(changed)
            let end = time.uptime
            print("1,000 Services: plan \(planned - start), write \(written - planned)")
            print("one endpoint: plan \(plannedAgain - written), write \(end - plannedAgain)")
            #expect(report.commandCount < 10)
            #expect(end - plannedAgain < .seconds(1))
        }
    }
}
