import ClusterControllers
import Testing

@Suite("NodeTTLPlan")
struct NodeTTLPlanTests {
    @Test("the larger the cluster, the longer; on the edge of a step it stays where it was")
    func steps() {
        var plan = NodeTTLPlan()
        let walk = [
            (1, 0), (100, 0), (101, 15), (95, 15), (89, 0), (500, 15), (501, 30), (460, 30), (2500, 300), (1900, 300),
            (1700, 60), (0, 0),
        ]
        for (nodes, seconds) in walk {
            plan.follow(nodes: nodes)
            #expect(plan.seconds == seconds, "\(nodes) nodes")
        }
    }
}
