import APIMachinery
import APIPatch
import Determinism
import Testing

@Suite("Server-side apply")
struct FieldManagerApplyTests {
    @Test("who applies owns exactly what it says")
    func firstApply() throws {
        var owned = Owned()
        try owned.apply("a", ["metadata": ["labels": ["app": "x"]], "spec": ["replicas": 1, "strategy": [:]]])
        #expect(try owned.paths("a") == [".metadata.labels.app", ".spec.replicas", ".spec.strategy"])
        #expect(try owned.entries[0].operation == .apply)
        #expect(owned["spec", "replicas"] == 1)
    }

    @Test("what is applied no more is removed")
    func removal() throws {
        var owned = Owned()
        try owned.apply("a", ["metadata": ["labels": ["x": "1", "y": "2"]], "spec": ["replicas": 1]])
        try owned.apply("a", ["metadata": ["labels": ["x": "1"]]])
        #expect(owned["metadata", "labels"] == ["x": "1"])
        #expect(owned["spec"] == nil)
    }

    @Test("what somebody else owns too is not removed")
    func sharedFieldsStay() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["replicas": 1, "paused": true]])
        try owned.apply("b", ["spec": ["replicas": 1]])
        try owned.apply("a", ["spec": ["paused": true]])
        #expect(owned["spec"] == ["paused": true, "replicas": 1])
        #expect(try owned.paths("b") == [".spec.replicas"])
        try owned.apply("b", [:])
        #expect(owned["spec"] == ["paused": true])
    }

    @Test("changing what an updater owns is a conflict, in upstream's words")
    func conflictWithUpdater() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["replicas": 1]])
        try owned.update("scaler", ["spec": ["replicas": 5]])
        let error = owned.conflicts("a", ["spec": ["replicas": 1]])
        #expect(error?.code == .conflict)
        #expect(
            error?.message == "Apply failed with 1 conflict: conflict with \"scaler\" using apps/v1: .spec.replicas")
        #expect(
            error?.causes == [
                StatusCause(
                    reason: "FieldManagerConflict", message: "conflict with \"scaler\" using apps/v1",
                    field: ".spec.replicas")
            ])
        #expect(owned.conflicts("a", ["spec": ["replicas": 5]]) == nil)
    }

    @Test("several conflicts are listed by manager")
    func severalConflicts() throws {
        var owned = Owned()
        try owned.apply("a", ["metadata": ["labels": ["x": "1"]], "spec": ["replicas": 1]])
        try owned.update("b", ["spec": ["paused": true]])
        let error = owned.conflicts(
            "c", ["metadata": ["labels": ["x": "2"]], "spec": ["replicas": 2, "paused": false]])
        #expect(
            error?.message == """
                Apply failed with 3 conflicts: conflicts with "a":
                - .metadata.labels.x
                - .spec.replicas
                conflicts with "b" using apps/v1:
                - .spec.paused
                """)
    }

    @Test("force takes ownership")
    func force() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["replicas": 1, "paused": true]])
        try owned.apply("b", ["spec": ["replicas": 2]], force: true)
        #expect(owned["spec", "replicas"] == 2)
        #expect(try owned.paths("a") == [".spec.paused"])
        #expect(try owned.paths("b") == [".spec.replicas"])
    }

    @Test("applying the same again changes nothing")
    func idempotence() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["replicas": 1]])
        let before = owned.object
        try owned.apply("a", ["spec": ["replicas": 1]])
        #expect(owned.object == before)
    }

    @Test("an applier whose fields are all taken over loses its entry, and may share them by applying them")
    func sharing() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["replicas": 1]])
        try owned.update("b", ["spec": ["replicas": 2]])
        #expect(try owned.paths("a").isEmpty)
        try owned.apply("a", ["spec": ["replicas": 2]])
        #expect(try owned.paths("a") == [".spec.replicas"])
        #expect(try owned.paths("b") == [".spec.replicas"])
    }

    @Test("list items are added, merged and removed by their keys")
    func keyedLists() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["containers": [["name": "x", "image": "1"], ["name": "y", "image": "1"]]]])
        try owned.apply("b", ["spec": ["containers": [["name": "z", "image": "1"]]]])
        #expect(names(owned) == ["x", "y", "z"])
        try owned.apply("a", ["spec": ["containers": [["name": "y", "image": "2"]]]])
        #expect(names(owned) == ["y", "z"])
        #expect(
            try owned.paths("a") == [
                ".spec.containers[name=\"y\"]", ".spec.containers[name=\"y\"].image",
                ".spec.containers[name=\"y\"].name",
            ])
    }

    @Test("what was defaulted in a removed item goes with it")
    func danglingDefaults() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["containers": [["name": "x"], ["name": "y"]]]])
        let defaulted: Value = [["name": "x", "image": "default"], ["name": "y", "image": "default"]]
        owned.object[path: "spec", "containers"] = defaulted
        try owned.apply("a", ["spec": ["containers": [["name": "y"]]]])
        #expect(owned["spec", "containers"] == [["name": "y", "image": "default"]])
    }

    @Test("a removed item in which another manager owns a field stays with that field")
    func itemOwnedByTwo() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["containers": [["name": "x", "image": "1"]]]])
        try owned.apply("b", ["spec": ["containers": [["name": "x", "command": ["run"]]]]])
        try owned.apply("a", [:])
        #expect(owned["spec", "containers"] == [["name": "x", "command": ["run"]]])
    }

    @Test("the applied order wins where both lists have the items")
    func listOrder() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["containers": [["name": "x"], ["name": "y"], ["name": "z"]]]])
        try owned.apply("b", ["spec": ["containers": [["name": "z"], ["name": "x"]]]])
        #expect(names(owned) == ["y", "z", "x"])
    }

    @Test("sets are merged item by item")
    func sets() throws {
        var owned = Owned()
        try owned.apply("a", ["metadata": ["finalizers": ["x", "y"]]])
        try owned.apply("b", ["metadata": ["finalizers": ["y", "z"]]])
        #expect(owned["metadata", "finalizers"] == ["x", "y", "z"])
        try owned.apply("a", [:])
        #expect(owned["metadata", "finalizers"] == ["y", "z"])
    }

    @Test("atomic lists and maps are replaced, and conflict as a whole")
    func atomics() throws {
        var owned = Owned()
        try owned.apply("a", ["spec": ["nodeSelector": ["k": "v"]]])
        #expect(
            owned.conflicts("b", ["spec": ["nodeSelector": ["l": "w"]]])?.causes.map(\.field) == [".spec.nodeSelector"])
        try owned.apply("b", ["spec": ["nodeSelector": ["l": "w"]]], force: true)
        #expect(owned["spec", "nodeSelector"] == ["l": "w"])
        #expect(try owned.paths("a").isEmpty)
    }

    @Test("an object without owners belongs to before-first-apply")
    func beforeFirstApply() throws {
        var owned = Owned()
        owned.object = try MergePatch.apply(["metadata": ["uid": "1"], "spec": ["replicas": 3]], to: Owned.empty)
        #expect(
            owned.conflicts("a", ["spec": ["replicas": 1]])?.message
                == "Apply failed with 1 conflict: conflict with \"before-first-apply\" using apps/v1: .spec.replicas")
        try owned.apply("a", ["spec": ["replicas": 3]])
        #expect(try owned.paths("before-first-apply") == [".spec", ".spec.replicas"])
    }

    @Test("kubectl takes over what its client-side apply set")
    func fromClientSide() throws {
        var owned = Owned()
        let applied = #"{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1}}"#
        try owned.update(
            "kubectl-client-side-apply",
            [
                "metadata": ["annotations": ["kubectl.kubernetes.io/last-applied-configuration": .string(applied)]],
                "spec": ["replicas": 1],
            ])
        #expect(owned.conflicts("other", ["spec": ["replicas": 2]]) != nil)
        try owned.apply("kubectl", ["spec": ["replicas": 2]])
        #expect(owned["spec", "replicas"] == 2)
        let annotation = owned["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]
        #expect(
            annotation
                == .string(
                    #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"replicas":2}}"#
                        + "\n"))
        try owned.update("scaler", ["spec": ["replicas": 9]])
        #expect(owned.conflicts("kubectl", ["spec": ["replicas": 3]])?.causes.count == 1)
    }

    @Test("another version of the resource is converted before it is compared")
    func versions() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1]])
        // In v2 the field is called count.
        owned.manager = FieldManager(
            kind: GroupVersionKind(group: "apps", version: "v2", kind: "Deployment"), schema: nil,
            convert: { object, version in
                var object = object
                let (from, to) = version == "apps/v1" ? ("count", "replicas") : ("replicas", "count")
                if let value = object[path: "spec", from] {
                    object[path: "spec", from] = nil
                    object[path: "spec", to] = value
                }
                object["apiVersion"] = .string(version)
                return (object, nil)
            })
        var live = owned.object
        live["apiVersion"] = "apps/v2"
        live["spec"] = ["count": 1]
        let applied: Value = ["apiVersion": "apps/v2", "kind": "Deployment", "spec": ["count": 2]]
        #expect(throws: PatchError.self) {
            try owned.manager.apply(live: live, applied: applied, manager: "b", force: false, now: .testEpoch)
        }
        owned.object = try owned.manager.apply(live: live, applied: applied, manager: "b", force: true, now: .testEpoch)
        #expect(try owned.paths("a") == [".spec"])
        #expect(try owned.paths("b") == [".spec", ".spec.count"])
    }

    @Test("what a manager no longer applies goes, also when it applied it in another version")
    func versionsOfOneManager() throws {
        var owned = Owned(schema: nil)
        try owned.apply("a", ["spec": ["replicas": 1, "paused": true]])
        try owned.apply("b", ["spec": ["minReadySeconds": 1]])
        // In v2 the fields' names are longer.
        owned.manager = FieldManager(
            kind: GroupVersionKind(group: "apps", version: "v2", kind: "Deployment"), schema: nil,
            convert: { object, version in
                var (object, spec) = (object, Value.emptyObject)
                for field in object["spec"]?.objectValue ?? Fields() {
                    let name = field.name.hasPrefix("my-") ? String(field.name.dropFirst(3)) : field.name
                    spec[version == "apps/v1" ? name : "my-" + name] = field.value
                }
                object["apiVersion"] = .string(version)
                object["spec"] = spec
                return (object, nil)
            })
        owned.object["apiVersion"] = "apps/v2"
        owned.object["spec"] = ["my-replicas": 1, "my-paused": true, "my-minReadySeconds": 1]
        let applied: Value = ["apiVersion": "apps/v2", "kind": "Deployment", "spec": ["my-replicas": 2]]
        owned.object = try owned.manager.apply(
            live: owned.object, applied: applied, manager: "a", force: false, now: .testEpoch)
        #expect(owned.object["spec"] == ["my-replicas": 2, "my-minReadySeconds": 1])
        #expect(try owned.paths("a") == [".spec", ".spec.my-replicas"])
        #expect(try owned.paths("b") == [".spec", ".spec.minReadySeconds"])
    }

    @Test("what was owned in parts before the schema made it one value is owned as a whole")
    func schemaChange() throws {
        var owned = Owned(schema: nil)
        try owned.apply("a", ["spec": ["nodeSelector": ["k": "v"]]])
        #expect(try owned.paths("a").contains(".spec.nodeSelector.k"))
        owned.manager.schema = PatchFixtures.workload
        try owned.apply("b", ["spec": ["replicas": 1]])
        #expect(try owned.paths("a") == [".spec", ".spec.nodeSelector"])
        #expect(
            owned.conflicts("b", ["spec": ["nodeSelector": ["k": "w"]]])?.causes.map(\.field) == [".spec.nodeSelector"])
    }

    @Test("whatever two appliers say, what they said last is there",
        arguments: 0..<50 as Range<UInt64>)
    func randomAppliers(seed: UInt64) throws {
        let random = SeededRandomSource(seed: seed)
        var owned = Owned()
        var last: [String: Value] = [:]
        for _ in 0..<12 {
            let name = ["a", "b"][random.below(2)]
            let items = ["x", "y", "z"].filter { _ in random.below(2) == 0 }
            var containers: [Value] = []
            for item in items {
                let plain: Value = ["name": .string(item)]
                containers.append(random.below(2) == 0 ? plain : ["name": .string(item), "image": "1"])
            }
            var parts: Value = ["metadata": ["labels": random.below(2) == 0 ? ["l": "1"] : ["l": "1", "m": "2"]]]
            // Nobody owns an empty list, here as upstream.
            if !containers.isEmpty { parts["spec"] = ["containers": .array(containers)] }
            try owned.apply(name, parts)
            last[name] = parts
            #expect(owned.conflicts(name, parts) == nil)
            var again = owned
            try again.apply(name, parts)
            #expect(again.object == owned.object)
        }
        let wanted = Set(last.values.flatMap { $0[path: "spec", "containers"]?.arrayValue ?? [] }.map { $0["name"] })
        #expect(Set((owned["spec", "containers"]?.arrayValue ?? []).map { $0["name"] }) == wanted)
    }

    struct Refusal: CustomTestStringConvertible {
        var testDescription: String
        var applied: Value
        var error: PatchError
    }

    static let refusals = [
        Refusal(
            testDescription: "of another kind", applied: ["apiVersion": "v1", "kind": "Pod"],
            error: PatchError(.malformed, "invalid object type: /v1, Kind=Pod")),
        Refusal(
            testDescription: "with managedFields",
            applied: ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["managedFields": []]],
            error: PatchError(.malformed, "metadata.managedFields must be nil")),
        Refusal(
            testDescription: "with a field that is not declared",
            applied: [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "x", "namespace": "n"],
                "spec": ["foo": 1],
            ],
            error: PatchError(
                .failed,
                "failed to create typed patch object (n/x; apps/v1, Kind=Deployment): .spec.foo: field not declared "
                    + "in schema")),
        Refusal(
            testDescription: "with items that have the same keys",
            applied: [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "x", "namespace": "n"],
                "spec": ["containers": [["name": "a"], ["name": "a"]]],
            ],
            error: PatchError(
                .failed,
                "failed to create typed patch object (n/x; apps/v1, Kind=Deployment): .spec.containers: duplicate "
                    + "entries for key [name=\"a\"]")),
    ]

    @Test("an object is refused", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        let owned = Owned()
        #expect(throws: refusal.error) {
            try owned.manager.apply(
                live: owned.object, applied: refusal.applied, manager: "a", force: true, now: .testEpoch)
        }
    }

    private func names(_ owned: Owned) -> [String?] {
        owned["spec", "containers"]?.arrayValue?.map { $0["name"]?.stringValue } ?? []
    }
}
