import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("DisruptionPlan")
struct DisruptionPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(1000)

    private func budget(min: IntOrString? = nil, max: IntOrString? = nil) -> PodDisruptionBudget {
        var budget = PodDisruptionBudget()
        budget.metadata = .sample("web")
        budget.spec.selector = .labels(["app": "web"])
        budget.spec.minAvailable = min
        budget.spec.maxUnavailable = max
        return budget
    }

    private func pods(ready: Int, unready: Int = 0) -> [Pod] {
        (0..<ready).map { Pod.sample("r\($0)") } + (0..<unready).map { Pod.sample("u\($0)", ready: false) }
    }

    @Test(
        "numbers are those of the pods there are, shares those of the pods there should be, rounded up",
        arguments: [
            (min: 2, max: nil, ready: 3, scale: nil, expected: 3, desired: 2, allowed: 1),
            (min: 5, max: nil, ready: 3, scale: nil, expected: 3, desired: 5, allowed: 0),
            (min: "50%", max: nil, ready: 3, scale: 5, expected: 5, desired: 3, allowed: 0),
            (min: "50%", max: nil, ready: 5, scale: 5, expected: 5, desired: 3, allowed: 2),
            (min: "100%", max: nil, ready: 3, scale: 3, expected: 3, desired: 3, allowed: 0),
            (min: nil, max: 1, ready: 3, scale: 3, expected: 3, desired: 2, allowed: 1),
            (min: nil, max: 1, ready: 2, scale: 3, expected: 3, desired: 2, allowed: 0),
            (min: nil, max: "30%", ready: 4, scale: 4, expected: 4, desired: 2, allowed: 2),
            (min: nil, max: 5, ready: 3, scale: 3, expected: 3, desired: 0, allowed: 3),
            (min: nil, max: 0, ready: 3, scale: 3, expected: 3, desired: 3, allowed: 0),
            (min: 0, max: nil, ready: 0, scale: nil, expected: 0, desired: 0, allowed: 0),
        ]
            as [(
                min: IntOrString?, max: IntOrString?, ready: Int, scale: Int?, expected: Int32, desired: Int32,
                allowed: Int32
            )])
    func counts(
        row: (
            min: IntOrString?, max: IntOrString?, ready: Int, scale: Int?, expected: Int32, desired: Int32,
            allowed: Int32
        )
    ) {
        let status = DisruptionPlan.decide(
            budget(min: row.min, max: row.max), pods: pods(ready: row.ready), scale: row.scale, now: Self.now
        ).status
        #expect(status.expectedPods == row.expected)
        #expect(status.desiredHealthy == row.desired)
        #expect(status.disruptionsAllowed == row.allowed)
        #expect(status.currentHealthy == Int32(row.ready))
        #expect(status.observedGeneration == 1)
        #expect(status.conditions.map(\.reason) == [row.allowed > 0 ? "SufficientPods" : "InsufficientPods"])
    }

    @Test("a pod that is not ready, or is going, or was granted to go is not healthy")
    func healthy() {
        var pods = pods(ready: 3, unready: 1)
        pods[0].metadata.deletionTimestamp = Self.now
        var budget = budget(min: 1)
        budget.status.disruptedPods = ["r1": Self.now - .seconds(60), "gone": Self.now, "r0": Self.now]
        let plan = DisruptionPlan.decide(budget, pods: pods, scale: nil, now: Self.now)
        #expect(plan.status.currentHealthy == 1)
        #expect(plan.status.disruptionsAllowed == 0)
        #expect(Set(plan.status.disruptedPods.keys) == ["r1"])
        #expect(plan.pause == .seconds(60))
    }

    @Test("a grant that was not used counts no more after two minutes")
    func unusedGrant() {
        var budget = budget(min: 1)
        budget.status.disruptedPods = ["r0": Self.now - .seconds(120)]
        let plan = DisruptionPlan.decide(budget, pods: pods(ready: 2), scale: nil, now: Self.now)
        #expect(plan.status.disruptedPods.isEmpty)
        #expect(plan.status.disruptionsAllowed == 1)
        #expect(plan.pause == nil)
    }

    @Test("a condition keeps its time until its status changes")
    func condition() {
        var budget = budget(min: 1)
        budget.status = DisruptionPlan.decide(budget, pods: pods(ready: 2), scale: nil, now: Self.now).status
        let later = Self.now + .seconds(60)
        let same = DisruptionPlan.decide(budget, pods: pods(ready: 3), scale: nil, now: later).status
        #expect(same.conditions.first?.lastTransitionTime == Self.now)
        let other = DisruptionPlan.decide(budget, pods: pods(ready: 1), scale: nil, now: later).status
        #expect(other.conditions.first?.lastTransitionTime == later)
    }

    @Test("while it is not known how many pods there should be, nothing may be disturbed")
    func unknown() {
        #expect(DisruptionPlan.needsScale(budget(max: 1).spec))
        #expect(DisruptionPlan.needsScale(budget(min: "10%").spec))
        #expect(!DisruptionPlan.needsScale(budget(min: 1).spec))
        var budget = budget(max: 1)
        budget.status.disruptionsAllowed = 2
        let status = DisruptionPlan.refusal(budget, because: "found no controllers for pod \"a\"", now: Self.now)
        #expect(status.disruptionsAllowed == 0)
        #expect(status.conditions.map(\.reason) == ["SyncFailed"])
        #expect(status.conditions.map(\.message) == ["found no controllers for pod \"a\""])
    }
}
