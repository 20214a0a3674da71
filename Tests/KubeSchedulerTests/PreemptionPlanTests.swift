import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import KubeScheduler
import Testing

@Suite("PreemptionPlan")
struct PreemptionPlanTests {
    @Test("Only as many victims as needed, the least important first")
    func fewVictims() {
        var cluster = Cluster(
            [.named("a", cpu: "3")],
            [
                .named("low", cpu: "1", priority: 1, on: "a"), .named("mid", cpu: "1", priority: 5, on: "a"),
                .named("high", cpu: "1", priority: 50, on: "a"),
            ])
        let plan = cluster.plan(.named("p", cpu: "1", priority: 10))
        #expect(plan.victims == ["low"])
        #expect(plan.message == "0/1 nodes are available: 1 Insufficient cpu.")
    }

    @Test("The node whose victims matter least")
    func leastHarm() {
        var cluster = Cluster(
            [.named("a", cpu: "1"), .named("b", cpu: "1")],
            [.named("x", cpu: "1", priority: 5, on: "a"), .named("y", cpu: "1", priority: 1, on: "b")])
        #expect(cluster.plan(.named("p", cpu: "1", priority: 10)).victims == ["y"])
    }

    @Test("A budget without room protects its pods where others will do")
    func budgets() {
        var cluster = Cluster(
            [.named("a", cpu: "1"), .named("b", cpu: "1")],
            [
                .named("x", cpu: "1", priority: 1, on: "a", labels: ["app": "x"]),
                .named("y", cpu: "1", priority: 5, on: "b"),
            ])
        cluster.cache.set(
            budget: DisruptionBudgetInfo(
                namespace: "default", selector: Selector(equalTo: ["app": "x"]), disruptionsAllowed: 0,
                disruptedPods: []), key: "default/x")
        #expect(cluster.plan(.named("p", cpu: "1", priority: 10)).victims == ["y"])
    }

    @Test("A pod that never preempts says so")
    func never() {
        var cluster = Cluster([.named("a", cpu: "1")], [.named("x", cpu: "1", on: "a")])
        let plan = cluster.plan(.named("p", cpu: "1", priority: 10) { $0.spec.preemptionPolicy = "Never" })
        #expect(
            plan.message
                == "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
                + "preemption: not eligible due to preemptionPolicy=Never.")
    }

    @Test("While victims go, nobody else is removed")
    func waits() {
        let victim = Pod.named("x", cpu: "1", on: "a") { $0.metadata.deletionTimestamp = .testEpoch }
        var cluster = Cluster([.named("a", cpu: "1")], [victim])
        let plan = cluster.plan(.named("p", cpu: "1", priority: 10) { $0.status.nominatedNodeName = "a" })
        #expect(plan.victims.isEmpty)
        #expect(plan.message?.hasSuffix("not eligible due to a terminating pod on the nominated node.") == true)
    }

    @Test("Room promised to a pod is not given to a lesser one")
    func promised() {
        var cluster = Cluster([.named("a", cpu: "1")])
        cluster.cache.nominate(cluster.pending(.named("vip", cpu: "1", priority: 10)).info, on: "a")
        #expect(cluster.plan(.named("p", cpu: "1")).node == nil)
        #expect(cluster.plan(.named("q", cpu: "1", priority: 20)).node == "a")
    }

    @Test("Anti-affinity of a lesser pod is a reason to remove it")
    func affinity() {
        var cluster = Cluster(
            [.named("a")],
            [.named("x", on: "a") { $0.stay(awayFrom: ["app": "y"], by: "kubernetes.io/hostname") }])
        #expect(cluster.plan(.named("p", priority: 1, labels: ["app": "y"])).victims == ["x"])
    }
}
