import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

/// A Job whose pods end, vanish and are taken away as chance will have it, under a controller that may stop between
/// any two of its writes.
private struct SimulatedJob {
    var job: Job
    var pods: [Pod] = []
    var now = Timestamp.testEpoch
    private(set) var succeeded: Set<String> = []
    private var made = 0
    private let random: SeededRandomSource

    init(_ job: Job, seed: UInt64) {
        self.job = job
        random = SeededRandomSource(seed: seed)
    }

    private func isLucky(_ percent: Int) -> Bool { random.below(100) < percent }

    var isOver: Bool {
        job.status.conditions.contains { ["Complete", "Failed"].contains($0.type) && $0.status == "True" }
    }

    mutating func step() {
        now = now + .seconds(Int64(random.below(60)))
        disturb()
        reconcile()
        // What is deleted goes once nobody holds it.
        pods.removeAll { $0.metadata.deletionTimestamp != nil && $0.metadata.finalizers.isEmpty }
    }

    private mutating func disturb() {
        for index in pods.indices where pods[index].status.phase == "Pending" || pods[index].status.phase == "Running" {
            if isLucky(10) { pods[index].metadata.deletionTimestamp = now }
            guard pods[index].metadata.deletionTimestamp == nil, isLucky(40) else { continue }
            let phase = isLucky(70) ? "Succeeded" : "Failed"
            pods[index].status = Pod.worker("", phase, endedAt: now).status
            if phase == "Succeeded" { succeeded.insert(pods[index].metadata.uid) }
        }
    }

    private mutating func reconcile() {
        let plan = JobPlan.decide(job, pods: pods, now: now)
        for pod in plan.deletions {
            guard let index = pods.firstIndex(where: { $0.metadata.uid == pod.metadata.uid }) else { continue }
            pods[index].metadata.deletionTimestamp = now
        }
        if isLucky(10) { return }
        for creation in plan.creations {
            made += 1
            var pod = Pod.worker("p\(made)", "Pending", index: creation.index)
            pod.metadata.creationTimestamp = now
            pods.append(pod)
        }
        if isLucky(10) { return }
        job.status = plan.status
        for pod in plan.releases {
            guard !isLucky(20), let index = pods.firstIndex(where: { $0.metadata.uid == pod.metadata.uid }) else { continue }
            pods[index].metadata.finalizers = []
        }
    }
}

@Suite("Job safety")
struct JobSafetyTests {
    @Test("whatever happens, each success counts once and a Job ends with exactly as many as it wanted", arguments: 1...40)
    func everySuccessOnce(seed: UInt64) {
        let isIndexed = seed % 2 == 0
        var simulated = SimulatedJob(
            .sample(completions: 6, parallelism: 3, indexed: isIndexed, backoffLimit: .max), seed: seed)
        for step in 0..<2000 where !simulated.isOver {
            simulated.step()
            let counted = Int(simulated.job.status.succeeded)
            #expect(counted <= simulated.succeeded.count, "seed \(seed), step \(step): more counted than there were")
            #expect(counted <= 6, "seed \(seed), step \(step): more than wanted")
        }
        #expect(simulated.job.condition(named: "Complete")?.status == "True", "seed \(seed): it never ends")
        #expect(simulated.job.status.succeeded == 6)
        #expect(simulated.job.status.uncountedTerminatedPods?.succeeded == [])
    }
}
