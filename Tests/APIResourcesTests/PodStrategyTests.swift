import APIMachinery
import APIRegistry
import APIResources
import Testing

@Suite("Strategy of pods")
struct PodStrategyTests {
    private var strategy: any ResourceStrategy {
        get throws {
            let key = GroupVersionResource(group: "", version: "v1", resource: "pods")
            return BuiltinResources.definition(try #require(SchemaCatalog.builtin.resource(key))).strategy
        }
    }

    @Test("a new pod is pending, whatever its author says")
    func create() throws {
        var pod: Value = ["spec": ["containers": [["name": "c"]]], "status": ["phase": "Running"]]
        try strategy.prepareForCreate(&pod)
        #expect(pod["status"] == ["phase": "Pending", "qosClass": "BestEffort"])
    }

    @Test(
        "the grace period is what was asked for, or the pod's own, where something still runs",
        arguments: [
            ("node", "Running", nil, 30), ("node", "Running", 5, 5), ("node", "Running", -1, 1),
            ("", "Pending", nil, 0), ("node", "Succeeded", 20, 0), ("node", "Failed", nil, 0),
        ] as [(String, String, Int64?, Int64)])
    func grace(node: String, phase: String, requested: Int64?, expected: Int64) throws {
        let pod: Value = [
            "spec": ["nodeName": .string(node), "terminationGracePeriodSeconds": 30],
            "status": ["phase": .string(phase)],
        ]
        #expect(try strategy.gracePeriod(of: pod, requested: requested) == expected)
    }

    @Test("label keys of a spread constraint become requirements with the pod's values")
    func labelKeys() throws {
        var pod: Value = [
            "metadata": ["labels": ["v": "1"]],
            "spec": [
                "topologySpreadConstraints": [["matchLabelKeys": ["v", "missing"], "labelSelector": [:]]]
            ],
        ]
        try strategy.prepareForCreate(&pod)
        let constraint = pod[path: "spec", "topologySpreadConstraints"]?.arrayValue?.first
        #expect(
            constraint?[path: "labelSelector", "matchExpressions"] == [
                ["key": "v", "operator": "In", "values": ["1"]]
            ])
    }
}
