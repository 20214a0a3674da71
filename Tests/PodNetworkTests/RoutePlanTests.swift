import APIMachinery
import PodNetwork
import Testing

@Suite("routes to other nodes' pods")
struct RoutePlanTests {
    struct BadFixture: Error {}

    static func node(_ name: String, _ address: String?, _ podCIDR: String) throws -> RoutedNode {
        guard let podCIDR = CIDR(podCIDR) else { throw BadFixture() }
        let addresses = [address].compactMap { $0.flatMap { IPAddress($0) } }
        return RoutedNode(name: name, internalIPs: addresses, podCIDRs: [podCIDR])
    }

    static func route(_ destination: String, _ gateway: String) throws -> PodRoute {
        guard let destination = CIDR(destination), let gateway = IPAddress(gateway) else { throw BadFixture() }
        return PodRoute(to: destination, via: gateway)
    }

    let nodes: [RoutedNode]

    init() throws {
        nodes = [
            try Self.node("a", "192.168.0.1", "10.244.0.0/24"), try Self.node("b", "192.168.0.2", "10.244.1.0/24"),
            try Self.node("c", "192.168.0.3", "10.244.2.0/24"),
        ]
    }

    @Test("every other node is the gateway to its pods, and what is right stays untouched")
    func replaced() throws {
        let present = [try Self.route("10.244.1.0/24", "192.168.0.2"), try Self.route("10.244.2.0/24", "192.168.0.9")]
        let plan = RoutePlan(nodes: nodes, own: "a", present: present)
        #expect(plan.replaced == [try Self.route("10.244.2.0/24", "192.168.0.3")])
        #expect(plan.removed.isEmpty)
        #expect(plan.omitted.isEmpty)
    }

    @Test("the route to a node that left is removed")
    func removed() throws {
        let present = [try Self.route("10.244.7.0/24", "192.168.0.8")]
        #expect(RoutePlan(nodes: nodes, own: "b", present: present).removed == present)
    }

    @Test("a pod network that is taken, or whose node has no address, is left out with a reason")
    func omitted() throws {
        let more = [try Self.node("d", "192.168.0.4", "10.244.0.128/25"), try Self.node("e", nil, "10.244.9.0/24")]
        let plan = RoutePlan(nodes: nodes + more, own: "a", present: [])
        #expect(plan.replaced.map(\.destination.description) == ["10.244.1.0/24", "10.244.2.0/24"])
        #expect(plan.omitted.map(\.nodeName) == ["d", "e"])
        #expect(plan.omitted.map(\.reason) == [.overlaps, .noAddress])
    }
}
