import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import TestKit
import Testing
import WorkloadControllers

@Suite("DeploymentPlan")
struct DeploymentPlanTests {
    private func rollout(_ deployment: Deployment) -> SimulatedRollout {
        var rollout = SimulatedRollout(deployment, random: SeededRandomSource(seed: 7))
        rollout.settle()
        return rollout
    }

    @Test("the first replica set has the template's hash in name, labels and selector, and revision 1")
    func firstReplicaSet() throws {
        let deployment = Deployment.sample()
        let plan = DeploymentPlan.decide(deployment, [], arePodsLeft: { _ in false }, now: .testEpoch)
        guard case .create(let set)? = plan.steps.first else {
            Issue.record("no replica set is made: \(plan.steps)")
            return
        }
        let hash = try #require(set.metadata.labels["pod-template-hash"])
        #expect(set.metadata.name == "web-\(hash)")
        #expect(hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
        #expect(set.spec.selector?.matchLabels == ["app": "web", "pod-template-hash": hash])
        #expect(set.spec.template.metadata.labels["pod-template-hash"] == hash)
        #expect(set.spec.replicas == 3)
        #expect(set.metadata.annotations["deployment.kubernetes.io/revision"] == "1")
        #expect(set.metadata.annotations["deployment.kubernetes.io/desired-replicas"] == "3")
        #expect(set.metadata.annotations["deployment.kubernetes.io/max-replicas"] == "4")
        #expect(set.metadata.ownerReferences.first?.controller == true)
        #expect(set.metadata.ownerReferences.first?.blockOwnerDeletion == true)
        #expect(plan.revision == 1)
        #expect(plan.status.conditions.contains { $0.type == "Progressing" && $0.reason == "NewReplicaSetCreated" })
    }

    @Test("going back to an earlier template takes its replica set again, with a new revision")
    func rollback() {
        var rollout = rollout(.sample())
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        rollout.settle()
        rollout.deployment.spec.template.spec.containers[0].image = "web:1"
        rollout.settle()
        #expect(rollout.sets.count == 2)
        let active = rollout.sets.filter { $0.spec.replicas == 3 }
        #expect(active.map(\.spec.template.spec.containers[0].image) == ["web:1"])
        #expect(active.first?.metadata.annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(active.first?.metadata.annotations["deployment.kubernetes.io/revision-history"] == "1")
    }

    @Test("no more old replica sets are kept than the history limit says")
    func history() {
        var deployment = Deployment.sample()
        deployment.spec.revisionHistoryLimit = 2
        var rollout = rollout(deployment)
        for version in 2...6 {
            rollout.deployment.spec.template.spec.containers[0].image = "web:\(version)"
            rollout.settle()
        }
        let images = rollout.sets.map(\.spec.template.spec.containers[0].image).sorted()
        #expect(images == ["web:4", "web:5", "web:6"])
    }

    @Test("a paused deployment scales but does not roll")
    func paused() {
        var rollout = rollout(.sample())
        rollout.deployment.spec.paused = true
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        rollout.deployment.spec.replicas = 5
        rollout.settle()
        #expect(rollout.sets.map(\.spec.replicas) == [5])
        #expect(rollout.reason("Progressing") == "DeploymentPaused")
        rollout.deployment.spec.paused = false
        rollout.settle()
        #expect(rollout.sets.map(\.spec.replicas) == [0, 5])
    }

    @Test("a change of size in the middle of a rollout is shared in proportion")
    func proportional() {
        var rollout = rollout(.sample(replicas: 10, maxSurge: 3, maxUnavailable: 2))
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        // The new pods never become available: the rollout stops at 8 old and 5 new.
        for _ in 0..<10 { rollout.step() }
        #expect(rollout.sets.map(\.spec.replicas) == [8, 5])
        rollout.deployment.spec.replicas = 30
        rollout.step()
        #expect(rollout.total == 33)
        #expect(rollout.sets.map(\.spec.replicas) == [20, 13])
    }

    @Test("with Recreate, no new pod is asked for while an old one is left")
    func recreate() {
        var deployment = Deployment.sample()
        deployment.spec.strategy.type = "Recreate"
        var rollout = rollout(deployment)
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        rollout.step()
        #expect(rollout.sets.map(\.spec.replicas) == [0])
        let waiting = DeploymentPlan.decide(
            rollout.deployment, rollout.sets, arePodsLeft: { _ in true }, now: rollout.now)
        #expect(waiting.steps.isEmpty)
        rollout.settle()
        #expect(rollout.sets.map(\.spec.replicas) == [0, 3])
    }

    @Test("a rollout that does not get on for ten minutes is called stuck, and not before")
    func deadline() {
        var rollout = rollout(.sample())
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        for _ in 0..<5 { rollout.step() }
        let plan = DeploymentPlan.decide(
            rollout.deployment, rollout.sets, arePodsLeft: { _ in false }, now: rollout.now)
        #expect(plan.pause == .seconds(601))
        rollout.now = rollout.now + .seconds(600)
        rollout.step()
        #expect(rollout.reason("Progressing") != "ProgressDeadlineExceeded")
        rollout.now = rollout.now + .seconds(1)
        rollout.step()
        #expect(rollout.reason("Progressing") == "ProgressDeadlineExceeded")
    }
}
