import APIMachinery
import ServiceProxy
import Testing

/// Where packets go; the rules are walked by a simulated packet.
@Suite("the rule plan")
struct RulePlanTests {
    static let pod = "10.244.1.5"
    static let remotePod = "10.244.2.5"
    static let stranger = "203.0.113.9"
    static let node = "192.168.0.1"

    /// What `fixture` does to a packet from `source` to `destination`.
    func fate(
        _ fixture: ServiceFixture, from source: String, to destination: String, _ port: UInt16 = 80
    ) throws -> String {
        var tracer = try fixture.tracer()
        let transport = fixture.transport
        return tracer.fate(of: try .init(from: source, to: destination, transport, port)).description
    }

    @Test("a cluster address leads to an endpoint; who is no pod is masqueraded", arguments: [
        (pod, "10.244.2.7:8080"), (node, "10.244.2.7:8080 masqueraded"), (stranger, "10.244.2.7:8080 masqueraded"),
    ])
    func clusterIP(source: String, expected: String) throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: source, to: "10.96.0.1") == expected)
    }

    @Test("every endpoint can be drawn, and no other", arguments: [Transport.tcp, .udp, .sctp])
    func balance(transport: Transport) throws {
        var fixture = try ServiceFixture(transport)
        for last in 7...9 { try fixture.add("10.244.2.\(last)", on: "n2") }
        var tracer = try fixture.tracer()
        for draw in 0..<3 {
            tracer.draw = { _ in draw }
            let fate = tracer.fate(of: try .init(from: Self.pod, to: "10.96.0.1", transport, 80))
            #expect(fate == .delivered(to: "10.244.2.\(7 + draw):8080", masqueraded: false))
        }
    }

    @Test("a pod that reaches itself is masqueraded")
    func hairpin() throws {
        var fixture = try ServiceFixture()
        try fixture.add(Self.pod, on: "n1")
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.1.5:8080 masqueraded")
        #expect(try fate(fixture, from: "10.244.1.6", to: "10.96.0.1") == "10.244.1.5:8080")
    }

    @Test("a node port answers on every local address, and only there", arguments: [
        (stranger, node, "10.244.2.7:8080 masqueraded"), (pod, node, "10.244.2.7:8080 masqueraded"),
        (node, "127.0.0.1", "10.244.2.7:8080 masqueraded"), (pod, "192.168.0.2", "untouched"),
    ])
    func nodePort(source: String, destination: String, expected: String) throws {
        var fixture = try ServiceFixture(nodePort: 30080)
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: source, to: destination, 30080) == expected)
    }

    @Test("strangers find only local endpoints under the policy Local, and keep their address", arguments: [
        (stranger, "10.244.1.8:8080"), (pod, "10.244.1.8:8080"), (node, "10.244.1.8:8080 masqueraded"),
    ])
    func externalLocal(source: String, expected: String) throws {
        var fixture = try ServiceFixture(nodePort: 30080)
        fixture.service.externalTrafficPolicy = .local
        fixture.service.loadBalancerIPs = [try address("198.51.100.1")]
        try fixture.add("10.244.1.8", on: "n1")
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: source, to: "198.51.100.1") == expected)
        #expect(try fate(fixture, from: source, to: Self.node, 30080) == expected)
    }

    @Test("without local endpoints the policy Local drops strangers and serves the cluster", arguments: [
        (stranger, "dropped"), (pod, "10.244.2.7:8080"), (node, "10.244.2.7:8080 masqueraded"),
    ])
    func externalLocalElsewhere(source: String, expected: String) throws {
        var fixture = try ServiceFixture(nodePort: 30080)
        fixture.service.externalTrafficPolicy = .local
        fixture.service.externalIPs = [try address("198.51.100.1")]
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: source, to: "198.51.100.1") == expected)
        #expect(try fate(fixture, from: source, to: Self.node, 30080) == expected)
    }

    @Test("the internal policy Local drops where there is no local endpoint")
    func internalLocal() throws {
        var fixture = try ServiceFixture()
        fixture.service.internalTrafficPolicy = .local
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "dropped")
        try fixture.add("10.244.1.8", on: "n1")
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.1.8:8080")
    }

    @Test("a Service without endpoints rejects, by each of its addresses", arguments: [stranger, pod, node])
    func noEndpoints(source: String) throws {
        var fixture = try ServiceFixture(nodePort: 30080)
        fixture.service.externalIPs = [try address("198.51.100.1")]
        try fixture.add("10.244.2.7", on: "n2", ready: false, serving: false)
        #expect(try fate(fixture, from: source, to: "10.96.0.1") == "rejected")
        #expect(try fate(fixture, from: source, to: "198.51.100.1") == "rejected")
        #expect(try fate(fixture, from: source, to: Self.node, 30080) == "rejected")
    }

    @Test("a port that the Service does not have is rejected", arguments: [pod, node])
    func wrongPort(source: String) throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: source, to: "10.96.0.1", 81) == "rejected")
    }

    @Test("endpoints that serve while they terminate are used only when none is ready")
    func terminating() throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.6", on: "n2", ready: false, serving: false, terminating: true)
        try fixture.add("10.244.2.7", on: "n2", ready: false, serving: true, terminating: true)
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.2.7:8080")
        try fixture.add("10.244.2.8", on: "n2")
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.2.8:8080")
    }

    @Test("hints narrow the choice to the zone, but not when one endpoint has none")
    func hints() throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        try fixture.add("10.244.3.7", on: "n3")
        fixture.endpoints[0].zoneHints = ["b"]
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.2.7:8080")
        fixture.endpoints[1].zoneHints = ["a"]
        #expect(try fate(fixture, from: Self.pod, to: "10.96.0.1") == "10.244.3.7:8080")
    }

    @Test("a client with affinity comes back to its endpoint")
    func affinity() throws {
        var fixture = try ServiceFixture()
        fixture.service.affinitySeconds = 600
        for last in 7...9 { try fixture.add("10.244.2.\(last)", on: "n2") }
        var tracer = try fixture.tracer()
        tracer.draw = { _ in 2 }
        let packet = try PacketTracer.Packet(from: Self.pod, to: "10.96.0.1", .tcp, 80)
        #expect(tracer.fate(of: packet).description == "10.244.2.9:8080")
        tracer.draw = { _ in 0 }
        #expect(tracer.fate(of: packet).description == "10.244.2.9:8080")
        let other = try PacketTracer.Packet(from: "10.244.1.6", to: "10.96.0.1", .tcp, 80)
        #expect(tracer.fate(of: other).description == "10.244.2.7:8080")
    }

    @Test("load balancer source ranges shut out everybody else")
    func sourceRanges() throws {
        var fixture = try ServiceFixture()
        fixture.service.loadBalancerIPs = [try address("198.51.100.1")]
        fixture.service.loadBalancerSourceRanges = [try block("203.0.113.0/24")]
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: Self.stranger, to: "198.51.100.1") == "10.244.2.7:8080 masqueraded")
        #expect(try fate(fixture, from: "203.0.114.1", to: "198.51.100.1") == "dropped")
    }

    @Test("neighbours cannot reach what listens on loopback only")
    func loopbackGuard() throws {
        var fixture = try ServiceFixture()
        try fixture.add("10.244.2.7", on: "n2")
        #expect(try fate(fixture, from: Self.stranger, to: "127.0.0.1", 10248) == "dropped")
    }
}
