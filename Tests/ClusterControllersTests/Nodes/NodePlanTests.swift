import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("Node plans")
struct NodePlanTests {
    private static let now = Timestamp.testEpoch + .seconds(1000)

    private func node(ready: String?) -> Node {
        var node = Node()
        node.metadata = .sample("n1", namespace: "")
        if let ready {
            var condition = NodeCondition()
            condition.type = "Ready"
            condition.status = ready
            node.status.conditions = [condition]
        }
        return node
    }

    @Test("a silent node's conditions become unknown, in upstream's words, and stay so")
    func silence() {
        var silent = node(ready: "True")
        silent.status.conditions = NodeLifecyclePlan.conditions(of: silent, isSilent: true, now: Self.now)
        let ready = silent.status.conditions.first { $0.type == "Ready" }
        #expect(ready?.reason == "NodeStatusUnknown")
        #expect(ready?.message == "Kubelet stopped posting node status.")
        let memory = silent.status.conditions.first { $0.type == "MemoryPressure" }
        #expect(memory?.reason == "NodeStatusNeverUpdated")
        let later = NodeLifecyclePlan.conditions(of: silent, isSilent: true, now: Self.now + .seconds(60))
        #expect(later == silent.status.conditions)
    }

    @Test("taints follow readiness; others' taints stay; pods are driven out when it is the node's turn")
    func taints() {
        func taints(_ ready: String?, _ turn: EvictionPace.Turn = .never, isTainted: Bool = true) -> [String] {
            var node = node(ready: ready)
            node.spec.taints = [taint("dedicated", "NoSchedule")]
            if isTainted { node.spec.taints.append(taint("node.kubernetes.io/unreachable", "NoExecute")) }
            return NodeLifecyclePlan.taints(of: node, turn: turn, now: Self.now).map { "\($0.key):\($0.effect)" }
        }
        let dedicated = "dedicated:NoSchedule"
        let prefix = "node.kubernetes.io/"
        #expect(taints("True") == [dedicated])
        #expect(taints("False") == [dedicated, prefix + "not-ready:NoSchedule", prefix + "not-ready:NoExecute"])
        #expect(taints("Unknown") == [dedicated, prefix + "unreachable:NoExecute", prefix + "unreachable:NoSchedule"])
        #expect(taints("Unknown", .stopped) == [dedicated, prefix + "unreachable:NoSchedule"])
        #expect(taints("Unknown", .never, isTainted: false) == [dedicated, prefix + "unreachable:NoSchedule"])
        #expect(
            taints("Unknown", .now, isTainted: false)
                == [dedicated, prefix + "unreachable:NoSchedule", prefix + "unreachable:NoExecute"])
        // Of what has never said anything nobody knows anything.
        #expect(taints(nil, .now, isTainted: false) == [dedicated])
        #expect(taints(nil, .now) == [dedicated, prefix + "unreachable:NoExecute"])
    }

    private func taint(_ key: String, _ effect: String) -> Taint {
        var taint = Taint()
        taint.key = key
        taint.effect = effect
        return taint
    }

    @Test("a pod stays as long as its shortest used toleration says")
    func eviction() {
        var taint = Taint()
        taint.key = "node.kubernetes.io/unreachable"
        taint.effect = "NoExecute"
        taint.timeAdded = Self.now - .seconds(100)
        func decide(_ tolerations: [(seconds: Int64?, key: String)]) -> TaintEvictionPlan {
            var pod = Pod.sample("p")
            pod.spec.tolerations = tolerations.map { seconds, key in
                var toleration = Toleration()
                toleration.key = key
                toleration.operator = "Exists"
                toleration.effect = "NoExecute"
                toleration.tolerationSeconds = seconds
                return toleration
            }
            return TaintEvictionPlan.decide(pod, taints: [taint], now: Self.now)
        }
        #expect(decide([]) == .evict)
        #expect(decide([(nil, "another")]) == .evict)
        #expect(decide([(nil, taint.key)]) == .stay)
        #expect(decide([(300, taint.key)]) == .wait(.seconds(200)))
        #expect(decide([(300, taint.key), (150, "")]) == .wait(.seconds(50)))
        #expect(decide([(100, taint.key)]) == .evict)
    }

    @Test("ranges are given from the bottom, around what is taken, and never overlap")
    func ranges() throws {
        let cluster = try #require(CIDR("10.244.0.0/22"))
        var taken = [try #require(CIDR("10.244.1.0/25"))]
        var given: [String] = []
        while let next = NodeCIDRPlan.next(in: cluster, nodeMaskSize: 24, taken: taken) {
            given.append("\(next)")
            taken.append(next)
        }
        #expect(given == ["10.244.0.0/24", "10.244.2.0/24", "10.244.3.0/24"])
        let everything = [try #require(CIDR("10.0.0.0/8"))]
        #expect(NodeCIDRPlan.next(in: cluster, nodeMaskSize: 24, taken: everything) == nil)
    }
}
