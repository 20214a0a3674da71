import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

@Suite("ReplicaPlan")
struct ReplicaPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(3600)

    private func decide(_ desired: Int, _ pods: [Pod], related: [Pod] = []) -> ReplicaPlan.Action {
        ReplicaPlan.decide(desired: desired, pods: pods, related: related, now: Self.now)
    }

    private func deleted(_ pods: [Pod], related: [Pod] = []) -> String? {
        guard case .delete(let gone) = decide(pods.count - 1, pods, related: related) else { return nil }
        return gone.first?.metadata.name
    }

    @Test("missing pods are made, at most 500 at once; those on their way out do not count")
    func creates() {
        var leaving = Pod.sample("leaving")
        leaving.metadata.deletionTimestamp = Self.now
        var failed = Pod.sample("failed")
        failed.status.phase = "Failed"
        #expect(decide(3, [.sample("a"), leaving, failed]) == .create(2))
        #expect(decide(2000, []) == .create(500))
        #expect(decide(1, [.sample("a")]) == .nothing)
    }

    @Test("the least loss goes first")
    func ranking() {
        var cheap = Pod.sample("cheap")
        cheap.metadata.annotations["controller.kubernetes.io/pod-deletion-cost"] = "-5"
        var restarted = Pod.sample("restarted")
        var status = ContainerStatus()
        status.restartCount = 4
        restarted.status.containerStatuses = [status]
        let good = Pod.sample("good")
        #expect(deleted([good, .sample("unscheduled", node: "", ready: nil)]) == "unscheduled")
        #expect(deleted([good, .sample("pending", ready: nil)]) == "pending")
        #expect(deleted([good, .sample("unready", ready: false), cheap]) == "unready")
        #expect(deleted([good, cheap]) == "cheap")
        #expect(deleted([good, .sample("young", readySince: Self.now - .seconds(10))]) == "young")
        #expect(deleted([good, restarted]) == "restarted")
        let crowd = [Pod.sample("x", node: "n2"), .sample("y", node: "n2"), .sample("z", node: "n1")]
        #expect(deleted([good, .sample("crowded", node: "n2")], related: crowd) == "crowded")
    }

    @Test("never deletes more than the surplus, nor any pod that it was not given")
    func safety() {
        for seed in 0..<200 {
            let random = SeededRandomSource(seed: UInt64(seed))
            let pods = (0..<random.below(12)).map { index in
                Pod.sample("p\(index)", node: "n\(random.below(3))", ready: random.below(2) == 0)
            }
            let desired = random.below(12)
            switch decide(desired, pods, related: pods) {
            case .nothing: #expect(pods.count == desired)
            case .create(let count): #expect(pods.count + count == desired)
            case .delete(let gone):
                #expect(pods.count - Set(gone.map(\.metadata.name)).count == desired, "seed \(seed)")
                #expect(gone.allSatisfy { pods.contains($0) })
            }
        }
    }
}
