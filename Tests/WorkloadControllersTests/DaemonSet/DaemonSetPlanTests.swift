import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

@Suite("DaemonSetPlan")
struct DaemonSetPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(1000)

    private func set(maxUnavailable: IntOrString = 1, maxSurge: IntOrString = 0) -> DaemonSet {
        var set = DaemonSet()
        set.metadata = .sample("agent")
        set.spec.selector = .labels(["app": "agent"])
        set.spec.template = .sample(labels: ["app": "agent"])
        set.spec.updateStrategy.type = "RollingUpdate"
        var rolling = RollingUpdateDaemonSet()
        rolling.maxUnavailable = maxUnavailable
        rolling.maxSurge = maxSurge
        set.spec.updateStrategy.rollingUpdate = rolling
        return set
    }

    private func nodes(_ count: Int) -> [Node] { (1...count).map { node("n\($0)") } }

    private func node(_ name: String, taint: (key: String, effect: String)? = nil) -> Node {
        var node = Node()
        node.metadata = .sample(name, namespace: "", labels: ["kubernetes.io/hostname": name])
        guard let taint else { return node }
        var value = Taint()
        (value.key, value.effect) = taint
        node.spec.taints = [value]
        return node
    }

    private func pod(
        _ name: String, on node: String, hash: String = "new", ready: Bool? = true, age: Int64 = 500
    ) -> Pod {
        var pod = Pod.sample(name, labels: ["app": "agent", DaemonPod.hashLabel: hash], node: node, ready: ready)
        pod.metadata.creationTimestamp = Self.now - .seconds(age)
        return pod
    }

    private func decide(
        _ set: DaemonSet, _ nodes: [Node], _ pods: [Pod], _ failures: DaemonFailures = DaemonFailures(),
        after delay: Duration = .zero
    ) -> DaemonSetPlan {
        DaemonSetPlan.decide(
            set, hash: "new", nodes: nodes, pods: pods, failures: failures, now: Self.now + delay)
    }

    private func names(_ pods: [Pod]) -> [String] { pods.map(\.metadata.name).sorted() }

    @Test("each node gets one pod; of two the older stays")
    func placement() {
        let plan = decide(set(), nodes(3), [pod("a", on: "n1"), pod("b", on: "n1", age: 400), pod("c", on: "n2")])
        #expect(plan.creations == ["n3"])
        #expect(names(plan.deletions) == ["b"])
        #expect(plan.status.desiredNumberScheduled == 3)
        #expect(plan.status.currentNumberScheduled == 2)
        #expect(plan.status.numberReady == 2)
        #expect(plan.status.numberUnavailable == 1)
    }

    @Test("a pod that is going holds its node's place until it is gone")
    func terminating() {
        var going = pod("a", on: "n1")
        going.metadata.deletionTimestamp = Self.now
        #expect(decide(set(), nodes(1), [going]).creations.isEmpty)
        #expect(decide(set(), nodes(1), [going]).deletions.isEmpty)
    }

    @Test(
        "taints keep pods away; only those that evict drive them off; a node in trouble keeps its daemons",
        arguments: [
            ("dedicated", "NoSchedule", false, false), ("dedicated", "NoExecute", false, true),
            ("node.kubernetes.io/unreachable", "NoExecute", true, false),
            ("node.kubernetes.io/unschedulable", "NoSchedule", true, false),
        ])
    func taints(key: String, effect: String, starts: Bool, drives: Bool) {
        let tainted = [node("n1", taint: (key, effect))]
        #expect(decide(set(), tainted, []).creations.isEmpty == !starts)
        #expect(decide(set(), tainted, [pod("a", on: "n1")]).deletions.isEmpty == !drives)
        #expect(decide(set(), tainted, [pod("a", on: "n1")]).status.numberMisscheduled == (starts ? 0 : 1))
    }

    @Test("a node selector that no longer fits takes the pod away")
    func selector() {
        var picky = set()
        picky.spec.template.spec.nodeSelector = ["kubernetes.io/hostname": "n2"]
        let plan = decide(picky, nodes(2), [pod("a", on: "n1")])
        #expect(plan.creations == ["n2"])
        #expect(names(plan.deletions) == ["a"])
    }

    @Test("a pod that ended is replaced and told of; one that fails again and again waits longer and longer")
    func ended() {
        var done = pod("done", on: "n1")
        done.status.phase = "Succeeded"
        #expect(names(decide(set(), nodes(1), [done]).ended) == ["done"])
        var failed = pod("failed", on: "n1")
        failed.status.phase = "Failed"
        let first = decide(set(), nodes(1), [failed])
        #expect(names(first.deletions) == ["failed"], "the first is replaced at once")
        let second = decide(set(), nodes(1), [failed], first.failures)
        #expect(second.deletions.isEmpty && second.creations.isEmpty)
        #expect(second.pause == .seconds(1))
        let third = decide(set(), nodes(1), [failed], first.failures, after: .seconds(1))
        #expect(names(third.deletions) == ["failed"])
        #expect(decide(set(), nodes(1), [failed], third.failures, after: .seconds(1)).pause == .seconds(2))
    }

    @Test("no more pods are taken down than may be unavailable; those that serve nobody cost nothing")
    func rolling() {
        let old = (1...4).map { pod("p\($0)", on: "n\($0)", hash: "old") }
        #expect(decide(set(), nodes(4), old).deletions.count == 1)
        #expect(decide(set(maxUnavailable: "50%"), nodes(4), old).deletions.count == 2)
        var broken = old
        broken[3] = pod("p4", on: "n4", hash: "old", ready: false)
        #expect(names(decide(set(), nodes(4), broken).deletions) == ["p4"])
        broken[0] = pod("p1", on: "n1", hash: "new", ready: false)
        #expect(names(decide(set(), nodes(4), broken).deletions) == ["p4"], "the new one already counts as unavailable")
        var onDelete = set()
        onDelete.spec.updateStrategy.type = "OnDelete"
        #expect(decide(onDelete, nodes(4), old).deletions.isEmpty)
    }

    @Test("a missing pod counts as unavailable when rolling; nothing is taken down while pods are made")
    func missing() {
        let old = (1...3).map { pod("p\($0)", on: "n\($0)", hash: "old") }
        let plan = decide(set(), nodes(4), old)
        #expect(plan.creations == ["n4"])
        #expect(plan.deletions.isEmpty)
    }

    @Test("with surge a new pod comes first, and the old one goes when the new one is available")
    func surge() {
        let surging = set(maxUnavailable: 0, maxSurge: 1)
        let old = (1...2).map { pod("p\($0)", on: "n\($0)", hash: "old") }
        #expect(decide(surging, nodes(2), old).creations == ["n1"])
        let waiting = decide(surging, nodes(2), old + [pod("q1", on: "n1", ready: false, age: 1)])
        #expect(waiting.creations.isEmpty && waiting.deletions.isEmpty)
        let ready = decide(surging, nodes(2), old + [pod("q1", on: "n1", age: 1)])
        #expect(names(ready.deletions) == ["p1"])
        // Old pods that serve nobody are replaced beyond the limit.
        let broken = [pod("p1", on: "n1", hash: "old", ready: false), pod("p2", on: "n2", hash: "old", ready: false)]
        #expect(decide(surging, nodes(2), broken).creations == ["n1", "n2"])
        #expect(names(decide(surging, nodes(1), [broken[0], pod("q1", on: "n1", ready: false)]).deletions) == ["p1"])
        // Never more than one of each template on a node.
        let crowd = [pod("p1", on: "n1", hash: "old"), pod("p2", on: "n1", hash: "old", age: 400), pod("q", on: "n1", age: 1)]
        #expect(names(decide(surging, nodes(1), crowd).deletions) == ["p2"])
    }

    @Test("a pod counts as available only after it was ready for long enough, and the plan looks again then")
    func minReady() {
        var patient = set()
        patient.spec.minReadySeconds = 30
        var fresh = pod("a", on: "n1")
        fresh.status.conditions[0].lastTransitionTime = Self.now - .seconds(10)
        let plan = decide(patient, nodes(1), [fresh])
        #expect(plan.status.numberReady == 1 && plan.status.numberAvailable == 0)
        #expect(plan.pause == .seconds(20))
    }
}
