import APIMachinery
import APIPatch
import Determinism
import Testing

@Suite("Owners after updates")
struct FieldManagerUpdateTests {
    @Test("who creates owns everything but what the server keeps")
    func createOwnsAll() throws {
        var owned = Owned()
        try owned.update("kubectl-create", ["metadata": ["name": "x", "labels": ["app": "x"]], "spec": ["replicas": 1]])
        let managed = owned.object[path: "metadata", "managedFields"]
        #expect(
            managed == [
                [
                    "manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1",
                    "time": "2026-01-01T00:01:00Z", "fieldsType": "FieldsV1",
                    "fieldsV1": [
                        "f:metadata": ["f:labels": [".": [:], "f:app": [:]]],
                        "f:spec": [".": [:], "f:replicas": [:]],
                    ],
                ]
            ])
    }

    @Test("who changes a field takes it, and keeps what it had")
    func changeTakesOwnership() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1, "paused": true]])
        try owned.update("b", ["spec": ["replicas": 2]])
        #expect(try owned.paths("a") == [".spec", ".spec.paused"])
        #expect(try owned.paths("b") == [".spec.replicas"])
        try owned.update("b", ["spec": ["paused": false]])
        #expect(try owned.paths("a") == [".spec"])
        #expect(try owned.paths("b") == [".spec.paused", ".spec.replicas"])
        #expect(try owned.time("b") == "2026-01-01T00:03:00Z")
    }

    @Test("who removes a field takes it from its owners and owns nothing new")
    func removalDisowns() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1, "paused": true]])
        try owned.update("b", ["spec": ["paused": .null]])
        #expect(try owned.paths("a") == [".spec", ".spec.replicas"])
        #expect(try owned.paths("b").isEmpty)
        #expect(try owned.time("a") == "2026-01-01T00:01:00Z")
    }

    @Test("a write without a change changes no owner and no time")
    func noChange() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1]])
        let before = owned.object
        try owned.update("b", ["spec": ["replicas": 1]])
        #expect(owned.object == before)
    }

    @Test("list items are told apart by their keys, with defaults")
    func listItems() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["containers": [["name": "c", "image": "1", "ports": [["containerPort": 80]]]]]])
        try owned.update(
            "b",
            [
                "spec": [
                    "containers": [
                        ["name": "d"],
                        ["name": "c", "image": "2", "ports": [["containerPort": 80, "protocol": "TCP"]]],
                    ]
                ]
            ])
        #expect(
            try owned.paths("b") == [
                ".spec.containers[name=\"d\"]", ".spec.containers[name=\"c\"].image",
                ".spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].protocol",
                ".spec.containers[name=\"d\"].name",
            ])
        #expect(
            try owned.paths("a").contains(".spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"]"))
    }

    @Test("sets are owned item by item, atomic lists, maps and structs as a whole")
    func granularity() throws {
        var owned = Owned()
        try owned.update(
            "a",
            [
                "metadata": ["finalizers": ["x"]],
                "spec": ["nodeSelector": ["k": "v"], "selector": ["matchLabels": ["a": "b"]], "replicas": 1],
            ])
        try owned.update(
            "b",
            [
                "metadata": ["finalizers": ["y", "x"]],
                "spec": ["nodeSelector": ["k": "v", "l": "w"], "selector": ["matchLabels": ["a": "c"]]],
            ])
        #expect(
            try owned.paths("b") == [".metadata.finalizers[=\"y\"]", ".spec.nodeSelector", ".spec.selector"])
        #expect(
            try owned.paths("a") == [
                ".spec", ".metadata.finalizers", ".metadata.finalizers[=\"x\"]", ".spec.replicas",
            ])
    }

    @Test("duplicate items are owned as a whole until they are gone")
    func duplicates() throws {
        var owned = Owned()
        let one: Value = ["name": "e", "value": "1"]
        try owned.update("a", ["spec": ["containers": [["name": "c", "env": [one]]]]])
        try owned.update("b", ["spec": ["containers": [["name": "c", "env": [one, ["name": "e", "value": "2"]]]]]])
        let item = ".spec.containers[name=\"c\"].env[name=\"e\"]"
        #expect(try owned.paths("b") == [item])
        #expect(try !owned.paths("a").contains(item + ".value"))
        try owned.update("c", ["spec": ["containers": [["name": "c", "env": [one]]]]])
        #expect(try owned.paths("c") == [item, item + ".name", item + ".value"])
    }

    @Test("without a schema maps are owned in parts and lists as a whole")
    func deducedTypes() throws {
        var owned = Owned(schema: nil)
        try owned.update("a", ["spec": ["list": [["name": "x"]], "map": ["k": 1]]])
        try owned.update("b", ["spec": ["list": [["name": "x"], ["name": "y"]], "map": ["l": 2]]])
        #expect(try owned.paths("b") == [".spec.list", ".spec.map.l"])
        #expect(try owned.paths("a") == [".spec", ".spec.map", ".spec.map.k"])
    }

    @Test("embedded structs and lists that are always written are there before anybody fills them")
    func impliedFields() throws {
        let spec = PatchFixtures.structure(
            "Spec", [SchemaField(name: "items", type: .list(.string), presence: .list, emission: .always, merge: .set)])
        let schema = SchemaType(
            name: "v1.X", shape: .object,
            fields: [
                SchemaField(name: "spec", type: spec, presence: .value), SchemaField(name: "status", type: spec),
            ])
        var owned = Owned(schema: schema)
        try owned.update("a", ["spec": ["items": ["x"]], "status": ["items": ["y"]]])
        #expect(
            try owned.paths("a") == [
                ".status", ".spec.items[=\"x\"]", ".status.items", ".status.items[=\"y\"]",
            ])
    }

    @Test("fields that the resource resets are owned by nobody")
    func resetFields() throws {
        var owned = Owned(filter: .except(FieldSet(names: [["status"]])))
        try owned.update("a", ["spec": ["replicas": 1], "status": ["phase": "x"]])
        #expect(try owned.paths("a") == [".spec", ".spec.replicas"])
    }

    @Test("the eleventh updater makes the oldest two one")
    func capsUpdaters() throws {
        var owned = Owned()
        for index in 0..<11 { try owned.update("m\(index)", ["data": ["k\(index)": "v"]]) }
        let entries = try owned.entries
        #expect(entries.count == 10)
        #expect(entries[0].manager == "ancient-changes")
        #expect(entries[0].time == "2026-01-01T00:02:00Z")
        #expect(entries[0].fields.paths == [".data", ".data.k0", ".data.k1"])
        try owned.update("m11", ["data": ["k11": "v"]])
        #expect(try owned.entries[0].fields.paths == [".data", ".data.k0", ".data.k1", ".data.k2"])
    }

    @Test("dropping managedFields keeps the owners, an empty list forgets them")
    func resets() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1]])
        var new = owned.object
        new[path: "metadata", "managedFields"] = nil
        let kept = owned.manager.update(live: owned.object, new: new, manager: "b", now: .testEpoch)
        #expect(kept == owned.object)
        new[path: "metadata", "managedFields"] = []
        let reset = owned.manager.update(live: owned.object, new: new, manager: "b", now: .testEpoch)
        #expect(reset[path: "metadata", "managedFields"] == Value?.none)
    }

    @Test("a subresource has entries of its own")
    func subresources() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1]])
        owned.manager.subresource = "status"
        try owned.update("a", ["status": ["phase": "x"]])
        let entries = try owned.entries
        #expect(entries.map(\.subresource) == ["", "status"])
        #expect(entries.map(\.fields.paths) == [[".spec", ".spec.replicas"], [".status", ".status.phase"]])
    }

    @Test("only the time moved: the old time stays")
    func keepsTimes() throws {
        var owned = Owned()
        try owned.update("a", ["spec": ["replicas": 1]])
        var later = owned.object
        later[path: "metadata", "managedFields"] = .array(
            try owned.entries.map { entry in
                var entry = entry
                entry.time = "2027-01-01T00:00:00Z"
                return entry.value
            })
        #expect(ManagedEntries.keepingTimes(of: owned.object, in: later) == owned.object)
        later["spec"] = ["replicas": 2]
        #expect(ManagedEntries.keepingTimes(of: owned.object, in: later) == later)
    }
}

