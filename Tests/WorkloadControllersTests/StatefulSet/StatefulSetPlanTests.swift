import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

extension StatefulSet {
    static func sample(replicas: Int32 = 3, partition: Int32 = 0, isParallel: Bool = false) -> StatefulSet {
        var set = StatefulSet()
        set.metadata = .sample("db")
        set.spec.replicas = replicas
        set.spec.serviceName = "db"
        set.spec.selector = .labels(["app": "db"])
        set.spec.template = .sample(labels: ["app": "db"])
        set.spec.podManagementPolicy = isParallel ? "Parallel" : "OrderedReady"
        set.spec.updateStrategy.type = "RollingUpdate"
        var rolling = RollingUpdateStatefulSetStrategy()
        rolling.partition = partition
        set.spec.updateStrategy.rollingUpdate = rolling
        return set
    }
}

@Suite("StatefulSetPlan")
struct StatefulSetPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(1000)

    /// A pod as `2`, `2 old`, `2 unready`, `2 going`, `2 failed`, or several of these.
    private func pod(_ text: String, of set: StatefulSet) -> Pod {
        let words = text.split(separator: " ")
        let revision = words.contains("old") ? "old" : "new"
        var pod = StatefulPod.make(
            for: set, ordinal: Int(words[0]) ?? 0, template: set.spec.template, revision: revision)
        pod.metadata.uid = "uid-" + pod.metadata.name
        pod.status = Pod.sample("", ready: !words.contains("unready")).status
        if words.contains("going") { pod.metadata.deletionTimestamp = Self.now }
        if words.contains("failed") { pod.status.phase = "Failed" }
        return pod
    }

    private func decide(_ set: StatefulSet, _ pods: [String]) -> StatefulSetPlan {
        StatefulSetPlan.decide(
            set, current: "old", update: "new", pods: pods.map { pod($0, of: set) }, now: Self.now)
    }

    /// Steps as `+2 new` and `-1`.
    private func steps(_ set: StatefulSet, _ pods: [String]) -> [String] {
        decide(set, pods).steps.map { step in
            switch step {
            case .create(let ordinal, let revision): "+\(ordinal) \(revision)"
            case .delete(let pod): "-\(StatefulPod.ordinal(of: pod, in: set) ?? -1)"
            case .identify(_, let ordinal): "=\(ordinal)"
            }
        }
    }

    @Test(
        "in order: a pod comes when all before it are ready, and goes when all after it are gone",
        arguments: [
            ([], ["+0 new"]),
            (["0 unready"], []),
            (["0"], ["+1 new"]),
            (["0 going", "1"], []),
            (["1", "2"], ["+0 new"]),
            (["0 failed", "1"], ["-0"]),
            (["0", "1", "2", "3", "4"], ["-4"]),
            (["0", "1", "2", "3", "4 going"], []),
            (["0 unready", "1", "2", "3"], []),
            (["0", "1", "2", "3", "4 unready"], ["-4"]),
            (["0", "1", "2", "3 unready", "4 unready"], []),
        ])
    func ordered(pods: [String], expected: [String]) {
        #expect(steps(.sample(), pods) == expected)
    }

    @Test(
        "in parallel nobody waits for anybody",
        arguments: [
            ([], ["+0 new", "+1 new", "+2 new"]),
            (["0 unready"], ["+1 new", "+2 new"]),
            (["0", "1", "2", "3", "4"], ["-4", "-3"]),
        ])
    func parallel(pods: [String], expected: [String]) {
        #expect(steps(.sample(isParallel: true), pods) == expected)
    }

    @Test(
        "a new template goes from the last pod to the first, each only when those after it are ready",
        arguments: [
            (["0 old", "1 old", "2 old"], ["-2"]),
            (["0 old", "1 old", "2 going old"], []),
            (["0 old", "1 old"], ["+2 new"]),
            (["0 old", "1 old", "2 unready"], []),
            (["0 old", "1 old", "2"], ["-1"]),
            (["0 old", "1", "2"], ["-0"]),
            (["0", "1", "2"], []),
        ])
    func rolling(pods: [String], expected: [String]) {
        #expect(steps(.sample(), pods) == expected)
    }

    @Test(
        "below the partition nothing is rolled, and what is lost comes back as it was",
        arguments: [
            (["0 old", "1 old", "2 old"], ["-2"]),
            (["0 old", "1 old", "2"], []),
            (["1 old", "2"], ["+0 old"]),
            (["0 old", "1 old"], ["+2 new"]),
        ])
    func partition(pods: [String], expected: [String]) {
        #expect(steps(.sample(partition: 2), pods) == expected)
    }

    @Test("a broken pod of the old template may be replaced by one of the new though nothing else may go")
    func brokenRollout() {
        #expect(steps(.sample(isParallel: true), ["0 old", "1 old", "2 old unready"]) == ["-2"])
        #expect(steps(.sample(isParallel: true), ["0 old", "1 old unready", "2"]) == ["-1"])
        #expect(steps(.sample(isParallel: true), ["0 old", "1 old", "2 unready"]) == [])
    }

    @Test("as many go at once as may be unavailable")
    func maxUnavailable() {
        var set = StatefulSet.sample(replicas: 4)
        set.spec.updateStrategy.rollingUpdate?.maxUnavailable = 2
        #expect(steps(set, ["0 old", "1 old", "2 old", "3 old"]) == ["-3", "-2"])
        #expect(steps(set, ["0 old", "1 old", "2 going old", "3"]) == [])
    }

    @Test("with OnDelete nothing goes, and what comes back has the new template")
    func onDelete() {
        var set = StatefulSet.sample()
        set.spec.updateStrategy.type = "OnDelete"
        #expect(steps(set, ["0 old", "1 old", "2 old"]) == [])
        #expect(steps(set, ["0 old", "1 old"]) == ["+2 new"])
    }

    @Test("numbers may begin above zero; pods below go like those above")
    func start() {
        var set = StatefulSet.sample(replicas: 2, isParallel: true)
        var ordinals = StatefulSetOrdinals()
        ordinals.start = 5
        set.spec.ordinals = ordinals
        #expect(steps(set, ["4", "5"]) == ["+6 new", "-4"])
    }

    @Test("the status counts by revision, and the rollout is over when all are new and ready")
    func status() {
        let rolling = decide(.sample(), ["0 old", "1 old", "2"]).status
        #expect(rolling.replicas == 3 && rolling.readyReplicas == 3)
        #expect(rolling.currentReplicas == 2 && rolling.updatedReplicas == 1)
        #expect(rolling.currentRevision == "old" && rolling.updateRevision == "new")
        let unready = decide(.sample(), ["0", "1", "2 unready"]).status
        #expect(unready.currentRevision == "old")
        let done = decide(.sample(), ["0", "1", "2"]).status
        #expect(done.currentRevision == "new" && done.currentReplicas == 3)
    }

    @Test(
        "a number is read as upstream reads it",
        arguments: [("db-0", 0), ("db-12", 12), ("db-01", nil), ("db--1", nil), ("db-", nil), ("other-1", nil)]
            as [(String, Int?)])
    func ordinals(name: String, expected: Int?) {
        #expect(StatefulPod.ordinal(of: .sample(name), in: .sample()) == expected)
    }

    @Test(
        "claims go with nobody, the set, or the pod that is no longer wanted",
        arguments: [
            ("Retain", "Retain", false, []), ("Retain", "Retain", true, []),
            ("Delete", "Retain", false, ["StatefulSet"]), ("Delete", "Retain", true, ["StatefulSet"]),
            ("Retain", "Delete", false, []), ("Retain", "Delete", true, ["Pod"]),
            ("Delete", "Delete", false, ["StatefulSet"]), ("Delete", "Delete", true, ["Pod"]),
        ])
    func claimOwners(whenDeleted: String, whenScaled: String, isCondemned: Bool, kinds: [String]) {
        var set = StatefulSet.sample()
        var policy = StatefulSetPersistentVolumeClaimRetentionPolicy()
        policy.whenDeleted = whenDeleted
        policy.whenScaled = whenScaled
        set.spec.persistentVolumeClaimRetentionPolicy = policy
        let pod = pod("0", of: set)
        var foreign = OwnerReference()
        foreign.kind = "Backup"
        foreign.uid = "uid-backup"
        let owners = ClaimOwners.wanted([foreign], for: set, pod: pod, isCondemned: isCondemned)
        #expect(owners.map(\.kind) == ["Backup"] + kinds)
        #expect(ClaimOwners.wanted(owners, for: set, pod: pod, isCondemned: isCondemned) == owners)
        // A pod that is wanted again keeps its claim.
        let again = ClaimOwners.wanted(owners, for: set, pod: pod, isCondemned: false)
        #expect(!again.contains { $0.kind == "Pod" })
    }
}
