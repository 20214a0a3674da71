import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import TestKit
import Testing
import WorkloadControllers

/// Rollouts against replica sets whose pods become available, or never do, at random.
@Suite("Rollout safety")
struct RolloutSafetyTests {
    static let shapes: [(replicas: Int32, surge: IntOrString, unavailable: IntOrString)] = [
        (3, "25%", "25%"), (10, 0, 1), (10, 1, 0), (1, "100%", 0), (7, "50%", "50%"), (4, 0, "1%"), (0, 1, 0),
    ]

    @Test("never too many pods, never too few available", arguments: shapes.indices)
    func staysWithinLimits(_ index: Int) {
        let shape = Self.shapes[index]
        for seed in 0..<60 {
            var rollout = SimulatedRollout(
                .sample(replicas: shape.replicas, maxSurge: shape.surge, maxUnavailable: shape.unavailable),
                random: SeededRandomSource(seed: UInt64(seed)))
            rollout.settle()
            rollout.deployment.spec.template.spec.containers[0].image = "web:2"
            rollout.deployment.metadata.generation += 1
            let limits = RolloutLimits(rollout.deployment)
            for _ in 0..<80 {
                let before = rollout.surelyAvailable
                rollout.step()
                #expect(rollout.total <= limits.maxTotal, "seed \(seed)")
                #expect(
                    rollout.surelyAvailable >= min(before, limits.minAvailable),
                    "seed \(seed): took away pods that were needed")
                rollout.live()
            }
        }
    }

    @Test("a rollout whose pods become available ends", arguments: shapes.indices)
    func ends(_ index: Int) {
        let shape = Self.shapes[index]
        var rollout = SimulatedRollout(
            .sample(replicas: shape.replicas, maxSurge: shape.surge, maxUnavailable: shape.unavailable),
            random: SeededRandomSource(seed: 1))
        rollout.settle()
        rollout.deployment.spec.template.spec.containers[0].image = "web:2"
        rollout.deployment.metadata.generation += 1
        rollout.settle()
        #expect(rollout.deployment.status.updatedReplicas == shape.replicas)
        #expect(rollout.total == Int(shape.replicas))
        #expect(rollout.reason("Progressing") == "NewReplicaSetAvailable")
        #expect(rollout.deployment.metadata.annotations["deployment.kubernetes.io/revision"] == "2")
    }
}

/// Takes the plan's steps and plays the replica sets' controller.
struct SimulatedRollout {
    var deployment: Deployment
    var sets: [ReplicaSet] = []
    var now = Timestamp.testEpoch
    let random: SeededRandomSource

    init(_ deployment: Deployment, random: SeededRandomSource) {
        self.deployment = deployment
        self.random = random
    }

    var total: Int { sets.reduce(0) { $0 + Int($1.spec.replicas ?? 0) } }

    /// Pods that stay available whatever the replica sets' controller does next.
    var surelyAvailable: Int { sets.reduce(0) { $0 + min(Int($1.status.availableReplicas), Int($1.spec.replicas ?? 0)) } }

    func reason(_ type: String) -> String? { deployment.status.conditions.first { $0.type == type }?.reason }

    mutating func step() {
        let plan = DeploymentPlan.decide(deployment, sets, arePodsLeft: { _ in false }, now: now)
        for step in plan.steps { take(step) }
        deployment.status = plan.status
        if let revision = plan.revision {
            deployment.metadata.annotations["deployment.kubernetes.io/revision"] = String(revision)
        }
    }

    private mutating func take(_ step: DeploymentPlan.Step) {
        switch step {
        case .create(var set):
            set.metadata.uid = "uid-" + set.metadata.name
            set.metadata.creationTimestamp = now
            sets.append(set)
        case .describe(let set): replace(set)
        case .scale(let scalings): for scaling in scalings { replace(scaling.set) }
        case .delete(let gone): sets.removeAll { set in gone.contains { $0.metadata.uid == set.metadata.uid } }
        }
    }

    private mutating func replace(_ set: ReplicaSet) {
        for index in sets.indices where sets[index].metadata.uid == set.metadata.uid { sets[index] = set }
    }

    /// Pods come and go and become available, or lose it, as chance has it.
    mutating func live() {
        now = now + .seconds(1)
        for index in sets.indices where random.below(3) > 0 {
            let replicas = sets[index].spec.replicas ?? 0
            let available = min(sets[index].status.availableReplicas, replicas)
            sets[index].status.replicas = replicas
            sets[index].status.availableReplicas = min(replicas, available + Int32(random.below(3)))
        }
    }

    /// Everything wanted comes true until nothing is left to do.
    mutating func settle() {
        for _ in 0..<100 {
            now = now + .seconds(1)
            step()
            for index in sets.indices {
                sets[index].status.replicas = sets[index].spec.replicas ?? 0
                sets[index].status.readyReplicas = sets[index].spec.replicas ?? 0
                sets[index].status.availableReplicas = sets[index].spec.replicas ?? 0
            }
        }
    }
}
