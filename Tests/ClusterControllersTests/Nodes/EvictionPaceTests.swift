import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("EvictionPace")
struct EvictionPaceTests {
    private func node(_ name: String, ready: String?, zone: String = "", excluded: Bool = false) -> Node {
        var node = Node()
        node.metadata = .sample(name, namespace: "")
        node.metadata.labels = zone.isEmpty ? [:] : ["topology.kubernetes.io/zone": zone]
        if excluded { node.metadata.labels["node.kubernetes.io/exclude-disruption"] = "" }
        guard let ready else { return node }
        var condition = NodeCondition()
        condition.type = "Ready"
        condition.status = ready
        node.status.conditions = [condition]
        return node
    }

    private func nodes(ready: Int, lost: Int, zone: String = "") -> [Node] {
        (0..<ready).map { node("\(zone)r\($0)", ready: "True", zone: zone) }
            + (0..<lost).map { node("\(zone)l\($0)", ready: "Unknown", zone: zone) }
    }

    private func pace(_ nodes: [Node], uptime: Duration = .zero) -> EvictionPace {
        var pace = EvictionPace(EvictionPace.Settings())
        pace.observe(nodes, uptime: uptime)
        return pace
    }

    @Test(
        "a zone's state goes by how many of its nodes are lost, and which share",
        arguments: [
            (1, 0, EvictionPace.ZoneState.normal), (1, 1, .normal), (0, 1, .fullDisruption), (1, 2, .normal),
            (2, 3, .partialDisruption), (3, 3, .normal), (9, 11, .partialDisruption), (10, 12, .normal),
            (0, 0, .normal),
        ])
    func states(ready: Int, lost: Int, state: EvictionPace.ZoneState) {
        #expect(EvictionPace.state(ready: ready, lost: lost, EvictionPace.Settings()) == state)
    }

    @Test("the first lost node is emptied at once, the others each ten seconds")
    func rate() {
        let all = nodes(ready: 8, lost: 2)
        var pace = pace(all)
        #expect(pace.turn(of: all[8], uptime: .zero) == .now)
        #expect(pace.turn(of: all[9], uptime: .seconds(4)) == .later(.seconds(6)))
        #expect(pace.turn(of: all[9], uptime: .seconds(10)) == .now)
        // What was long unused is still one turn.
        #expect(pace.turn(of: all[8], uptime: .seconds(500)) == .now)
        #expect(pace.turn(of: all[9], uptime: .seconds(500)) == .later(.seconds(10)))
        pace.giveBack(all[8], uptime: .seconds(501))
        #expect(pace.turn(of: all[9], uptime: .seconds(501)) == .now)
    }

    @Test("each zone has a pace of its own, also one that is lost as a whole while another is well")
    func zones() {
        let all = nodes(ready: 3, lost: 1, zone: "a") + nodes(ready: 0, lost: 2, zone: "b")
        var pace = pace(all)
        #expect(pace.turn(of: all[3], uptime: .zero) == .now)
        #expect(pace.turn(of: all[4], uptime: .zero) == .now)
        #expect(pace.turn(of: all[5], uptime: .zero) == .later(.seconds(10)))
    }

    @Test("of a small zone of which much is lost nobody is driven out, of a large one more slowly")
    func partial() {
        let small = nodes(ready: 10, lost: 20)
        var pace = pace(small)
        #expect(pace.turn(of: small[29], uptime: .zero) == .never)
        let large = nodes(ready: 20, lost: 31)
        pace = self.pace(large)
        #expect(pace.turn(of: large[50], uptime: .zero) == .now)
        #expect(pace.turn(of: large[49], uptime: .zero) == .later(.seconds(100)))
    }

    @Test("when everything is lost nobody is driven out, and after that not at once")
    func full() {
        let lost = nodes(ready: 0, lost: 2, zone: "a") + nodes(ready: 0, lost: 1, zone: "b")
        var pace = pace(lost)
        #expect(pace.turn(of: lost[0], uptime: .zero) == .stopped)
        pace.observe(lost.dropLast() + [node("bl0", ready: "True", zone: "b")], uptime: .seconds(60))
        #expect(pace.turn(of: lost[0], uptime: .seconds(60)) == .later(.seconds(10)))
        #expect(pace.turn(of: lost[0], uptime: .seconds(70)) == .now)
    }

    @Test("nodes that are left out of the count do not make a disruption, nor prevent one")
    func excluded() {
        let odd = (0..<5).map { node("x\($0)", ready: "Unknown", excluded: true) }
        var pace = pace(nodes(ready: 1, lost: 1) + odd)
        #expect(pace.turn(of: odd[0], uptime: .zero) == .now)
        let healthyOdd = (0..<5).map { node("x\($0)", ready: "True", excluded: true) }
        pace = self.pace(nodes(ready: 0, lost: 1) + healthyOdd)
        #expect(pace.turn(of: odd[0], uptime: .zero) == .stopped)
    }
}
