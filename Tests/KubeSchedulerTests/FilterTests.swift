import APIMachinery
import APITypes
import ControllerRuntime
import KubeScheduler
import Testing

@Suite("Filters")
struct FilterTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let node: Node
        var others: [Pod] = []
        var otherNodes: [Node] = []
        let pod: Pod
        /// `nil` when the pod fits.
        let reason: String?
        var hope = "Preemption is not helpful for scheduling"
    }

    static let zone = "topology.kubernetes.io/zone"
    static let noVictims = "No preemption victims found for incoming pod"

    static let cases: [Case] = [
        Case(testDescription: "an empty node takes a plain pod", node: .named("a"), pod: .named("p"), reason: nil),
        Case(
            testDescription: "a cordoned node takes none",
            node: .named("a") { $0.spec.unschedulable = true }, pod: .named("p"),
            reason: "node(s) were unschedulable"),
        Case(
            testDescription: "a cordoned node takes a pod that tolerates it",
            node: .named("a") { $0.spec.unschedulable = true },
            pod: .named("p") { $0.tolerate("node.kubernetes.io/unschedulable", effect: "NoSchedule") }, reason: nil),
        Case(
            testDescription: "a taint keeps away", node: .named("a") { $0.spec.taints = [.of("k", "v")] },
            pod: .named("p") { $0.tolerate("k", "Equal", "other") }, reason: "node(s) had untolerated taint(s)"),
        Case(
            testDescription: "a tolerated taint does not", node: .named("a") { $0.spec.taints = [.of("k", "v")] },
            pod: .named("p") { $0.tolerate("k", "Equal", "v") }, reason: nil),
        Case(
            testDescription: "a soft taint does not",
            node: .named("a") { $0.spec.taints = [.of("k", effect: "PreferNoSchedule")] }, pod: .named("p"),
            reason: nil),
        Case(
            testDescription: "a node selector must match", node: .named("a", labels: ["disk": "hdd"]),
            pod: .named("p") { $0.spec.nodeSelector = ["disk": "ssd"] },
            reason: "node(s) didn't match Pod's node affinity/selector"),
        Case(
            testDescription: "one term of an affinity is enough", node: .named("a", labels: ["gen": "7"]),
            pod: .named("p") {
                $0.require("gen", "Lt", ["5"])
                $0.require("gen", "Gt", ["5"])
            }, reason: nil),
        Case(
            testDescription: "a pod that names its node goes to no other", node: .named("a"),
            pod: .named("p") { $0.require("metadata.name", "In", ["b"], isField: true) },
            reason: "node(s) didn't satisfy plugin(s) [NodeAffinity]"),
        Case(
            testDescription: "a host port on all addresses excludes the same port on one",
            node: .named("a"), others: [.named("q", on: "a") { $0.take(hostPort: 80) }],
            pod: .named("p") { $0.take(hostPort: 80, address: "10.0.0.1") },
            reason: "node(s) didn't have free ports for the requested pod ports", hope: noVictims),
        Case(
            testDescription: "host ports of two protocols do not meet",
            node: .named("a"), others: [.named("q", on: "a") { $0.take(hostPort: 80) }],
            pod: .named("p") { $0.take(hostPort: 80, networkProtocol: "UDP") }, reason: nil),
        Case(
            testDescription: "processors run out", node: .named("a", cpu: "1"),
            others: [.named("q", cpu: "600m", on: "a")], pod: .named("p", cpu: "500m"), reason: "Insufficient cpu",
            hope: noVictims),
        Case(
            testDescription: "more memory than the node has cannot be freed", node: .named("a", memory: "1Gi"),
            pod: .named("p", memory: "2Gi"), reason: "Insufficient memory"),
        Case(
            testDescription: "pods are counted", node: .named("a", pods: 1), others: [.named("q", on: "a")],
            pod: .named("p"), reason: "Too many pods", hope: noVictims),
        Case(
            testDescription: "extended resources are counted",
            node: .named("a") { $0.status.allocatable["example.com/gpu"] = .units(1) },
            pod: .named("p") { $0.spec.containers[0].resources.requests["example.com/gpu"] = .units(2) },
            reason: "Insufficient example.com/gpu"),
        Case(
            testDescription: "anti-affinity keeps pods apart", node: .named("a"),
            others: [.named("q", on: "a", labels: ["app": "x"])],
            pod: .named("p") { $0.stay(awayFrom: ["app": "x"], by: "kubernetes.io/hostname") },
            reason: "node(s) didn't match pod anti-affinity rules", hope: noVictims),
        Case(
            testDescription: "a pod that wants nobody near is respected", node: .named("a"),
            others: [.named("q", on: "a") { $0.stay(awayFrom: ["app": "x"], by: "kubernetes.io/hostname") }],
            pod: .named("p", labels: ["app": "x"]),
            reason: "node(s) didn't satisfy existing pods anti-affinity rules", hope: noVictims),
        Case(
            testDescription: "affinity needs company", node: .named("a"),
            pod: .named("p") { $0.stay(near: ["app": "x"], by: "kubernetes.io/hostname") },
            reason: "node(s) didn't match pod affinity rules"),
        Case(
            testDescription: "the first of its kind needs none", node: .named("a"),
            pod: .named("p", labels: ["app": "x"]) { $0.stay(near: ["app": "x"], by: "kubernetes.io/hostname") },
            reason: nil),
        Case(
            testDescription: "a fuller domain than others is refused", node: .named("a", labels: [zone: "1"]),
            others: [.named("q", on: "a", labels: ["app": "x"])],
            otherNodes: [.named("b", labels: [zone: "2"]) { $0.status.allocatable["pods"] = .units(0) }],
            pod: .named("p", labels: ["app": "x"]) { $0.spread(["app": "x"], by: zone) },
            reason: "node(s) didn't match pod topology spread constraints", hope: noVictims),
        Case(
            testDescription: "a node without the topology's label is refused", node: .named("a"),
            pod: .named("p") { $0.spread([:], by: zone) },
            reason: "node(s) didn't match pod topology spread constraints (missing required label)"),
        Case(
            testDescription: "a pod whose claim does not exist can go nowhere", node: .named("a"),
            pod: .named("p") {
                var volume = Volume()
                volume.name = "data"
                volume.persistentVolumeClaim = PersistentVolumeClaimVolumeSource()
                volume.persistentVolumeClaim?.claimName = "data"
                $0.spec.volumes = [volume]
            }, reason: "persistentvolumeclaim \"data\" not found"),
    ]

    @Test("A node does, or says why not in upstream's words", arguments: cases)
    func verdict(_ example: Case) {
        var cluster = Cluster([example.node] + example.otherNodes, example.others)
        let plan = cluster.plan(example.pod)
        guard let reason = example.reason else {
            #expect(plan.node == "a", "\(plan.decision)")
            return
        }
        if example.otherNodes.isEmpty {
            let isGeneral = plan.refusal != nil
            let expected =
                "0/1 nodes are available: \(isGeneral ? "" : "1 ")\(reason). no new claims to deallocate, "
                + "preemption: 0/1 nodes are available: 1 \(example.hope)."
            #expect(plan.message == expected)
        } else {
            #expect(plan.verdicts.verdict(ofNode: "a")?.reasons == [reason])
        }
    }

    @Test("Every plugin speaks about every node of a small cluster")
    func details() {
        var cluster = Cluster(
            [.named("a", cpu: "1"), .named("b") { $0.spec.taints = [.of("k", "v")] }],
            [.named("q", cpu: "500m", on: "a")])
        let plan = cluster.plan(.named("p", cpu: "2"))
        #expect(
            plan.message
                == "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). "
                + "no new claims to deallocate, preemption: 0/2 nodes are available: "
                + "2 Preemption is not helpful for scheduling.")
        #expect(
            plan.details.map { "\($0.node): \($0.reasons.joined(separator: ", "))" } == [
                "a: Insufficient cpu (requested 2, free 500m)", "b: untolerated taint k=v:NoSchedule",
            ])
        #expect(plan.events.isSuperset(of: [.nodeAdded, .nodeTaints, .podRemoved]))
    }

    @Test("Without nodes there is nothing to say about them")
    func noNodes() {
        var cluster = Cluster([])
        #expect(cluster.plan(.named("p")).message == "no nodes available to schedule pods")
    }
}
