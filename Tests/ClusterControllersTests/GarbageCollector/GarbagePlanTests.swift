import APITypes
import ClusterControllers
import ControllerRuntime
import Determinism
import TestKit
import Testing

@Suite("GarbagePlan")
struct GarbagePlanTests {
    private static let things = ServerResource(
        group: "", version: "v1", resource: "things", kind: "Thing", isNamespaced: true, verbs: [])

    private func node(
        _ name: String, owners: [String] = [], blocking: Bool = true, finalizers: [String] = [], deleted: Bool = false
    ) -> OwnerGraph.Node {
        var metadata = ObjectMeta.sample(name)
        metadata.finalizers = finalizers
        metadata.deletionTimestamp = deleted ? .testEpoch : nil
        metadata.ownerReferences = owners.map { owner in
            var reference = OwnerReference()
            reference.kind = "Thing"
            reference.apiVersion = "v1"
            reference.name = owner
            reference.uid = "uid-" + owner
            reference.blockOwnerDeletion = blocking
            return reference
        }
        return OwnerGraph.Node(metadata, of: Self.things)
    }

    private func decide(
        _ subject: OwnerGraph.Node, among others: [OwnerGraph.Node] = [], absent: Set<String> = []
    ) -> GarbagePlan {
        var graph = OwnerGraph()
        for node in others + [subject] { _ = graph.put(node) }
        return GarbagePlan.decide(subject, in: graph, absent: absent, present: [])
    }

    @Test("what has an owner left stays; what has none goes; nobody goes unasked")
    func owners() {
        let child = node("child", owners: ["a", "b"])
        #expect(decide(child, among: [node("a"), node("b")]) == .nothing)
        #expect(decide(child, among: [node("a")], absent: ["uid-b"]) == .dropOwners(["uid-b"]))
        #expect(decide(child, absent: ["uid-a", "uid-b"]) == .delete(.background))
        #expect(decide(child, among: [node("a")]) == .askAbout([child.owners[1]]))
        #expect(decide(node("free")) == .nothing)
        #expect(decide(node("child", owners: ["a"], deleted: true), absent: ["uid-a"]) == .nothing)
    }

    @Test("a foreground deletion waits for blocking dependents, and goes down to their own")
    func foreground() {
        let owner = node("owner", finalizers: [OwnerGraph.foreground], deleted: true)
        let child = node("child", owners: ["owner"])
        #expect(decide(owner, among: [child]) == .waitForDependents(["uid-child"]))
        #expect(decide(owner, among: [node("child", owners: ["owner"], blocking: false)]) == .finishForeground)
        #expect(decide(owner) == .finishForeground)
        #expect(decide(child, among: [owner]) == .delete(.background))
        #expect(decide(child, among: [owner, node("grandchild", owners: ["child"])]) == .delete(.foreground))
        let held = node("child", owners: ["owner", "other"])
        #expect(decide(held, among: [owner, node("other")]) == .dropOwners(["uid-owner"]))
    }

    @Test("objects that own each other in a circle do not wait for each other for ever")
    func circle() {
        let first = node("first", owners: ["third"], finalizers: [OwnerGraph.foreground], deleted: true)
        let second = node("second", owners: ["first"])
        let third = node("third", owners: ["second"])
        #expect(decide(second, among: [first, third]) == .delete(.foreground))
        let goingSecond = node("second", owners: ["first"], finalizers: [OwnerGraph.foreground], deleted: true)
        #expect(decide(third, among: [first, goingSecond]) == .unblockOwners)
        let unblocking = node("third", owners: ["second"], blocking: false)
        #expect(decide(unblocking, among: [first, goingSecond]) == .delete(.foreground))
        #expect(decide(goingSecond, among: [first, unblocking]) == .finishForeground)
    }

    @Test("an orphaning deletion parts with its dependents")
    func orphan() {
        #expect(decide(node("owner", finalizers: [OwnerGraph.orphan], deleted: true)) == .orphanDependents)
    }

    @Test("nothing is deleted while an owner is known to be there", arguments: 0..<100)
    func safety(_ seed: Int) {
        let random = SeededRandomSource(seed: UInt64(seed))
        let names = (0..<8).map { "o\($0)" }
        let present = names.filter { _ in random.below(2) == 0 }
        let owners = names.filter { _ in random.below(3) == 0 }
        let absent = Set(names.filter { !present.contains($0) }.map { "uid-" + $0 })
        let plan = decide(node("subject", owners: owners), among: present.map { node($0) }, absent: absent)
        let isOwned = owners.isEmpty || owners.contains { present.contains($0) }
        if case .delete = plan { #expect(!isOwned, "seed \(seed)") } else { #expect(isOwned, "seed \(seed)") }
    }
}
