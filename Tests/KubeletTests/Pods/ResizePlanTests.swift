import APIMachinery
import APITypes
import ContainerRuntime
import Determinism
import Kubelet
import Testing

@Suite("Resizing a pod in place")
struct ResizePlanTests {
    private static func pod(_ name: String = "web", milli: Int64, limit: Int64? = nil) -> Pod {
        .sample(
            name,
            containers: [
                .sample {
                    $0.resources.requests["cpu"] = Quantity("\(milli)m")
                    $0.resources.limits["cpu"] = limit.flatMap { Quantity("\($0)m") }
                }
            ])
    }

    @Test("wishes are granted, deferred or impossible", arguments: [
        (100, 0, nil, 100), (200, 0, nil, 200), (1000, 3500, "Deferred", 100), (5000, 0, "Infeasible", 100),
    ] as [(Int64, Int64, String?, Int64)])
    func judgement(wanted: Int64, others: Int64, reason: String?, granted: Int64) {
        let ledger = ResizeLedger(Self.pod(milli: 100))
        let judged = ResizePlan.judge(
            ledger, Self.pod(milli: wanted), beside: [Self.pod("other", milli: others)], ["cpu": .units(4)])
        #expect(judged.refusal?.reason == reason)
        #expect(judged.granted["main"]?.requests["cpu"] == Quantity("\(granted)m"))
        #expect(judged.applied(to: Self.pod(milli: wanted)).spec.containers[0].resources.requests["cpu"]
            == Quantity("\(granted)m"))
    }

    @Test func aRunningContainerGetsItsLimitsOrIsRestartedForThem() {
        var pod = Self.pod(milli: 200, limit: 400)
        let before = Self.pod(milli: 100, limit: 400).spec.containers[0].resources
        func steps(_ pod: Pod) -> [PodPlan.Step] {
            PodPlan.decide(
                pod, .with([.sample(pod.spec.containers[0])]), now: .testEpoch, resources: ["main": before]
            ).steps
        }
        guard case .resizeContainers(let resized) = steps(pod).first else {
            Issue.record("nothing is resized")
            return
        }
        #expect(resized.map(\.name) == ["main"])
        var policy = ContainerResizePolicy()
        policy.resourceName = "cpu"
        policy.restartPolicy = "RestartContainer"
        pod.spec.containers[0].resizePolicy = [policy]
        #expect(steps(pod).count == 2)
        #expect(steps(pod).last == .startContainer(name: "main", attempt: 1))
    }

    @Test func theStatusSaysWhatIsInForceAndWhatIsPending() throws {
        let pod = Self.pod(milli: 200)
        var ledger = ResizeLedger(pod)
        ledger.inForce["main"] = Self.pod(milli: 100).spec.containers[0].resources
        ledger.refusal = WaitingReason("Deferred", "later")
        var facts = StatusFacts(runtime: .with([.sample(pod.spec.containers[0])]), now: .testEpoch, resize: ledger)
        let status = PodStatusPlan.status(pod, facts)
        #expect(status.containerStatuses.first?.resources?.requests["cpu"] == Quantity("100m"))
        #expect(status.containerStatuses.first?.allocatedResources["cpu"] == Quantity("200m"))
        #expect(status.conditions.first { $0.type == "PodResizePending" }?.reason == "Deferred")
        #expect(status.conditions.first { $0.type == "PodResizeInProgress" }?.status == "True")
        var done = pod
        done.status = status
        facts.resize = ResizeLedger(pod)
        let after = PodStatusPlan.status(done, facts)
        #expect(!after.conditions.contains { $0.type.hasPrefix("PodResize") })
        let patch = try #require(PodStatusPatch.make(from: status, to: after, uid: "u"))
        let gone = (patch[path: "status", "conditions"]?.arrayValue ?? []).filter { $0["$patch"] == "delete" }
        #expect(gone.compactMap { $0["type"]?.stringValue }.sorted() == ["PodResizeInProgress", "PodResizePending"])
    }
}
