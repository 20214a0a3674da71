import APIMachinery
import ServiceProxy
import Testing

@Suite("the difference of two tables")
struct RuleDifferenceTests {
    @Test("one more endpoint is a few changed elements")
    func oneEndpoint() throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        try fixture.add("10.244.2.8", on: "n2")
        let old = fixture.plan
        try fixture.add("10.244.2.9", on: "n2")
        #expect(
            RuleDifference.between(old.table, fixture.plan.table).text == """
                add chain ip apus inside-tcp-3
                delete element ip apus service-ips { 10.96.0.1 . tcp . 80 : goto inside-tcp-2 }
                add rule ip apus inside-tcp-3 ip saddr != 10.244.0.0/16 meta mark set meta mark or 0x4000
                add rule ip apus inside-tcp-3 dnat ip to ip daddr . tcp dport . numgen random mod 3 \
                map @tcp-endpoints
                add element ip apus service-ips { 10.96.0.1 . tcp . 80 : goto inside-tcp-3 }
                add element ip apus tcp-endpoints { 10.96.0.1 . 80 . 2 : 10.244.2.9 . 8080 }
                flush chain ip apus inside-tcp-2
                delete chain ip apus inside-tcp-2

                """)
    }

    @Test("nothing changed, nothing said")
    func nothing() throws {
        var fixture = try ServiceFixture(nodePort: 30080)
        try fixture.add("10.244.2.7", on: "n2")
        #expect(RuleDifference.between(fixture.plan.table, fixture.plan.table).text.isEmpty)
    }

    @Test("flows of datagrams are forgotten when their endpoint goes, or the first one comes")
    func flows() throws {
        var fixture = try ServiceFixture(.udp)
        let empty = fixture.plan.datagramTargets
        try fixture.add("10.244.2.7", on: "n2")
        let one = fixture.plan.datagramTargets
        let entry = DatagramEntry(address: try address("10.96.0.1"), port: 80)
        #expect(FlowPlan.removals(from: empty, to: one) == [FlowPlan.Removal(entry, endpoint: nil)])
        let gone = FlowPlan.Removal(entry, endpoint: try address("10.244.2.7"))
        #expect(FlowPlan.removals(from: one, to: empty) == [gone])
        #expect(FlowPlan.removals(from: one, to: one).isEmpty)
        #expect(
            gone.conntrackArguments.joined(separator: " ")
                == "-D -f ipv4 -p udp --orig-port-dst 80 --orig-dst 10.96.0.1 --dst-nat 10.244.2.7")
    }
}
