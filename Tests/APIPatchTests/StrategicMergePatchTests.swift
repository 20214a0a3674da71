import APIMachinery
import APIPatch
import Testing

@Suite("Strategic merge patch")
struct StrategicMergePatchTests {
    static let twoContainers: Value = [
        "spec": ["containers": [["name": "a", "image": "a:1"], ["name": "b", "image": "b:1"]]]
    ]

    static func containers(_ items: Value...) -> Value { ["spec": ["containers": .array(items)]] }

    static func finalizers(_ items: Value...) -> Value { ["metadata": ["finalizers": .array(items)]] }

    static let cases: [PatchCase] = maps + lists + directives + orders + errors

    static let maps: [PatchCase] = [
        PatchCase("maps merge, null removes", ["data": ["a": "1", "b": "2"]], ["data": ["b": .null, "c": "3"]],
            ["data": ["a": "1", "c": "3"]]),
        PatchCase("a map without originals loses nulls", [:], ["data": ["a": .null, "b": "2"]], ["data": ["b": "2"]]),
        PatchCase("an object is replaced on demand", ["spec": ["replicas": 1, "paused": true]],
            ["spec": ["$patch": "replace", "replicas": 2]], ["spec": ["replicas": 2]]),
        PatchCase("an object is deleted on demand", ["spec": ["replicas": 1]], ["spec": ["$patch": "delete"]],
            ["spec": [:]]),
        PatchCase("the strategy replace replaces", ["spec": ["budget": ["a": "1"]]], ["spec": ["budget": ["b": "2"]]],
            ["spec": ["budget": ["b": "2"]]]),
        PatchCase(
            "retainKeys clears the rest",
            ["spec": ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]]]],
            ["spec": ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]]],
            ["spec": ["strategy": ["type": "Recreate"]]]),
        PatchCase(
            "retainKeys clears the rest of a list item",
            ["spec": ["volumes": [["name": "v", "emptyDir": [:]]]]],
            ["spec": ["volumes": [["$retainKeys": ["name", "hostPath"], "name": "v", "hostPath": ["path": "/x"]]]]],
            ["spec": ["volumes": [["name": "v", "hostPath": ["path": "/x"]]]]]),
    ]

    static let lists: [PatchCase] = [
        PatchCase("items merge by key", twoContainers, containers(["name": "b", "image": "b:2"]),
            containers(["name": "a", "image": "a:1"], ["name": "b", "image": "b:2"])),
        PatchCase("a new item comes before those that only the server has", twoContainers, containers(["name": "c"]),
            containers(["name": "c"], ["name": "a", "image": "a:1"], ["name": "b", "image": "b:1"])),
        PatchCase("items merge by numbers", containers(["name": "a", "ports": [["containerPort": 80]]]),
            containers(["name": "a", "ports": [["containerPort": 80, "name": "http"]]]),
            containers(["name": "a", "ports": [["containerPort": 80, "name": "http"]]])),
        PatchCase("a list without strategy is replaced", containers(["name": "a", "args": ["x", "y"]]),
            containers(["name": "a", "args": ["z"]]), containers(["name": "a", "args": ["z"]])),
        PatchCase("scalars merge as a set", finalizers("a", "b"), finalizers("b", "c"), finalizers("a", "b", "c")),
        PatchCase("a list that was absent is taken", [:], containers(["name": "a", "image": .null]),
            containers(["name": "a"])),
    ]

    static let directives: [PatchCase] = [
        PatchCase("an item is deleted", twoContainers, containers(["name": "a", "$patch": "delete"]),
            containers(["name": "b", "image": "b:1"])),
        PatchCase("a list is replaced on demand", twoContainers,
            containers(["$patch": "replace"], ["name": "c", "image": "c:1"]),
            containers(["name": "c", "image": "c:1"])),
        PatchCase("an item's deletion leaves nothing in a new list", [:],
            containers(["name": "a", "$patch": "delete"]), containers()),
        PatchCase("scalars are deleted", finalizers("a", "b", "c"),
            ["metadata": ["$deleteFromPrimitiveList/finalizers": ["b"]]], finalizers("a", "c")),
        PatchCase("deleting scalars from nothing does nothing", ["metadata": ["name": "x"]],
            ["metadata": ["$deleteFromPrimitiveList/finalizers": ["b"]]], ["metadata": ["name": "x"]]),
    ]

    static let orders: [PatchCase] = [
        PatchCase("the order directive alone sorts", twoContainers,
            ["spec": ["$setElementOrder/containers": [["name": "b"], ["name": "a"]]]],
            containers(["name": "b", "image": "b:1"], ["name": "a", "image": "a:1"])),
        PatchCase("a new item goes where the order says", twoContainers,
            [
                "spec": [
                    "$setElementOrder/containers": [["name": "a"], ["name": "c"], ["name": "b"]],
                    "containers": [["name": "c"]],
                ]
            ],
            containers(["name": "a", "image": "a:1"], ["name": "c"], ["name": "b", "image": "b:1"])),
        PatchCase("items that only the server has keep their place", finalizers("s", "a", "b"),
            ["metadata": ["$setElementOrder/finalizers": ["b", "a"]]], finalizers("s", "b", "a")),
        PatchCase("deleting and ordering go together", twoContainers,
            [
                "spec": [
                    "$setElementOrder/containers": [["name": "b"]],
                    "containers": [["name": "a", "$patch": "delete"]],
                ]
            ],
            containers(["name": "b", "image": "b:1"])),
    ]

    static let errors: [PatchCase] = [
        PatchCase("an item without its key", twoContainers, containers(["image": "x"]), fails: .failed,
            "map: map[image:x] does not contain declared merge key: name"),
        PatchCase("an unknown directive", ["spec": [:]], ["spec": ["$patch": "merge"]], fails: .failed,
            "unknown patch type: merge in map: map[$patch:merge]"),
        PatchCase("merge of a list", twoContainers, containers(["$patch": "merge"]), fails: .failed,
            "merging lists cannot yet be specified in the patch"),
        PatchCase("a patch outside of retainKeys", ["spec": [:]],
            ["spec": ["$retainKeys": ["paused"], "replicas": 1]], fails: .malformed,
            "invalid patch format of retainKeys"),
        PatchCase("a deletion list without a name", [:], ["$deleteFromPrimitiveList": ["a"]], fails: .malformed,
            "invalid patch format of primitive list"),
        PatchCase("mixed elements", finalizers("a"), finalizers(1), fails: .failed,
            "list element types are not identical: [[a] [1]]"),
        PatchCase("lists of lists", finalizers("a"), finalizers(["b"]), fails: .unprocessable,
            "lists of lists are not supported"),
        PatchCase("an order that contradicts the patch", twoContainers,
            [
                "spec": [
                    "$setElementOrder/containers": [["name": "b"], ["name": "a"]],
                    "containers": [["name": "a"], ["name": "b"]],
                ]
            ],
            fails: .failed,
            "The order in patch list:\n[map[name:a] map[name:b]]\n doesn't match $setElementOrder list:\n"
                + "[map[name:b] map[name:a]]\n"),
    ]

    @Test("a patch gives", arguments: cases)
    func applies(_ example: PatchCase) {
        let result = Result { () throws(PatchError) in
            try StrategicMergePatch.apply(example.patch, to: example.document, schema: PatchFixtures.workload)
        }
        #expect(result == example.result)
    }
}
