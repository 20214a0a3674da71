import APIMachinery
import APIPatch
import Determinism
import Testing

@Suite("FieldOutlines")
struct FieldOutlinesTests {
    private static func pod(_ change: (inout Value) -> Void = { _ in }) -> Value {
        var value: Value = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a", "labels": ["app": "x"], "finalizers": ["f/a"]],
            "spec": [
                "nodeName": "n", "containers": [
                    ["name": "one", "image": "i", "ports": [["containerPort": 80, "protocol": "TCP"]]]
                ],
            ],
        ]
        change(&value)
        return value
    }

    private static let objects: [Value] = [
        pod(), pod { $0[path: "metadata", "name"] = "b" }, pod { $0[path: "metadata", "labels"] = ["app": "y"] },
        pod { $0[path: "metadata", "labels"] = ["other": "x"] }, pod { $0[path: "metadata", "finalizers"] = ["f/b"] },
        pod { $0[path: "spec", "nodeName"] = nil }, pod { $0[path: "spec", "nodeName"] = .null },
        pod { $0[path: "spec", "containers"] = [["name": "two", "image": "i"]] },
        pod { $0[path: "spec", "containers"] = [["name": "two", "image": "j"]] },
        pod { $0[path: "spec", "containers"] = [["name": "two", "image": [:]]] },
        pod { $0[path: "spec", "containers"] = [["name": "two", "image": "j"], ["name": "three"]] },
        pod { $0[path: "spec", "containers"] = [] }, pod { $0[path: "spec", "containers"] = "none" },
        pod { $0["spec"] = [:] }, pod { $0["status"] = ["phase": "Running"] },
    ]

    @Test("what was seen before changes nothing in who owns what", arguments: [true, false])
    func sameAsComputed(hasSchema: Bool) {
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
        let plain = FieldManager(
            kind: kind, schema: hasSchema ? SchemaCatalog.builtin.type(for: kind) : nil,
            filter: .except(FieldSet(names: [["status"]])))
        var remembering = plain
        remembering.outlines = FieldOutlines()
        // Each after each other one, and twice.
        for object in Self.objects + Self.objects.reversed() + Self.objects {
            let expected = plain.update(live: .emptyObject, new: object, manager: "m", now: .testEpoch)
            let found = remembering.update(live: .emptyObject, new: object, manager: "m", now: .testEpoch)
            #expect(found == expected)
        }
    }
}
