import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import TestKit
import Testing
import WorkloadControllers

@Suite("ClaimPlan")
struct ClaimPlanTests {
    private func names(_ pods: [Pod]) -> [String] { pods.map(\.metadata.name) }

    @Test("matching orphans are adopted, own pods that match no more are released, others are left alone")
    func decides() {
        let mine = Deployment.sample("mine")
        let theirs = Deployment.sample("theirs")
        func pod(_ name: String, _ labels: [String: String], _ owner: Deployment?) -> Pod {
            var pod = Pod.sample(name, labels: labels)
            pod.metadata.ownerReferences = owner.map { [OwnerReference.controller($0)] } ?? []
            return pod
        }
        let candidates = [
            pod("kept", ["app": "web"], mine), pod("changed", ["app": "db"], mine), pod("orphan", ["app": "web"], nil),
            pod("stranger", ["app": "db"], nil), pod("taken", ["app": "web"], theirs),
        ]
        let selector = Selector(equalTo: ["app": "web"])
        let plan = ClaimPlan.decide(candidates: candidates, owner: mine.metadata, selector: selector)
        #expect(names(plan.owned) == ["kept"])
        #expect(names(plan.adopt) == ["orphan"])
        #expect(names(plan.release) == ["changed"])

        var leaving = mine
        leaving.metadata.deletionTimestamp = .testEpoch
        let last = ClaimPlan.decide(candidates: candidates, owner: leaving.metadata, selector: selector)
        #expect(last.adopt.isEmpty && last.release.isEmpty)
    }
}
