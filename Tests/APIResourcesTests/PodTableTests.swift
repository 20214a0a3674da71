import APIMachinery
import APIRegistry
import APIResources
import Determinism
import Testing

/// The cells of an object, by the names of their columns, at the moment when every test begins.
func cells(_ object: Value, of resource: String, group: String = "", version: String = "v1") throws -> [String: Value] {
    let key = GroupVersionResource(group: group, version: version, resource: resource)
    let columns = BuiltinResources.definition(try #require(SchemaCatalog.builtin.resource(key))).columns
    let moment = TableMoment(now: .testEpoch)
    return Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.cell(object, moment)) })
}

@Suite("Table of pods")
struct PodTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var initContainers: [Value] = []
        var metadata: Value = [:]
        let status: Value
        let expected: [Value]

        init(
            _ description: String, initContainers: [Value] = [], metadata: Value = [:], status: Value,
            _ expected: Value...
        ) {
            testDescription = description
            self.initContainers = initContainers
            self.metadata = metadata
            self.status = status
            self.expected = expected
        }
    }

    static let running: Value = ["name": "c", "ready": true, "state": ["running": [:]]]
    static let completed: Value = ["name": "c", "state": ["terminated": ["exitCode": 0, "reason": "Completed"]]]
    static let sidecar: Value = ["name": "s", "restartPolicy": "Always"]
    static let deleted: Value = ["deletionTimestamp": "2025-12-31T23:59:00Z"]

    static let containers: [Case] = [
        Case("a new pod shows its phase", status: ["phase": "Pending"], "0/2", "Pending", "0"),
        Case(
            "a gated pod says so",
            status: [
                "phase": "Pending",
                "conditions": [["type": "PodScheduled", "status": "False", "reason": "SchedulingGated"]],
            ], "0/2", "SchedulingGated", "0"),
        Case(
            "the pod's own reason goes before its phase", status: ["phase": "Failed", "reason": "Evicted"], "0/2",
            "Evicted", "0"),
        Case(
            "restarts say when the last was",
            status: [
                "phase": "Running",
                "containerStatuses": [
                    [
                        "ready": true, "restartCount": 2, "state": ["running": [:]],
                        "lastState": ["terminated": ["exitCode": 1, "finishedAt": "2025-12-31T23:57:00Z"]],
                    ], running,
                ],
            ], "2/2", "Running", "2 (3m ago)"),
        Case(
            "a restart without a date is only counted",
            status: ["phase": "Running", "containerStatuses": [["restartCount": 1, "state": ["running": [:]]]]],
            "0/2", "Running", "1"),
        Case(
            "what the first container waits for wins",
            status: [
                "phase": "Running",
                "containerStatuses": [
                    ["state": ["waiting": ["reason": "CrashLoopBackOff"]]],
                    ["state": ["waiting": ["reason": "ErrImagePull"]]],
                ],
            ], "0/2", "CrashLoopBackOff", "0"),
        Case(
            "an ending with a reason",
            status: [
                "phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 1, "reason": "Error"]]]],
            ], "0/2", "Error", "0"),
        Case(
            "an ending by a signal",
            status: [
                "phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 137, "signal": 9]]]],
            ], "0/2", "Signal:9", "0"),
        Case(
            "an ending with nothing but a code",
            status: [
                "phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 3]]]],
            ], "0/2", "ExitCode:3", "0"),
        Case(
            "a finished pod", status: ["phase": "Succeeded", "containerStatuses": [completed, completed]], "0/2",
            "Completed", "0"),
        Case(
            "one container done, one running, ready",
            status: [
                "phase": "Running", "containerStatuses": [completed, running],
                "conditions": [["type": "Ready", "status": "True"]],
            ], "1/2", "Running", "0"),
        Case(
            "one container done, one running, not ready",
            status: ["phase": "Running", "containerStatuses": [completed, running]], "1/2", "NotReady", "0"),
        Case(
            "a pod that is being deleted", metadata: deleted,
            status: ["phase": "Running", "containerStatuses": [running, running]], "2/2", "Terminating", "0"),
        Case(
            "a finished pod that is being deleted", metadata: deleted,
            status: ["phase": "Succeeded", "containerStatuses": [completed]], "0/2", "Completed", "0"),
        Case(
            "a pod on a lost node that is being deleted", metadata: deleted,
            status: ["phase": "Running", "reason": "NodeLost"], "0/2", "Unknown", "0"),
    ]

    static let initContainers: [Case] = [
        Case(
            "none has begun", initContainers: [["name": "a"], ["name": "b"]],
            status: [
                "phase": "Pending",
                "initContainerStatuses": [["name": "a", "state": ["waiting": ["reason": "PodInitializing"]]]],
                "containerStatuses": [["state": ["waiting": ["reason": "PodInitializing"]]]],
            ], "0/2", "Init:0/2", "0"),
        Case(
            "one is through", initContainers: [["name": "a"], ["name": "b"]],
            status: [
                "phase": "Pending",
                "initContainerStatuses": [
                    ["name": "a", "state": ["terminated": ["exitCode": 0]]], ["name": "b", "state": ["running": [:]]],
                ],
            ], "0/2", "Init:1/2", "0"),
        Case(
            "one fails again and again", initContainers: [["name": "a"]],
            status: [
                "phase": "Pending",
                "initContainerStatuses": [
                    [
                        "name": "a", "restartCount": 4, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
                        "lastState": ["terminated": ["exitCode": 1, "finishedAt": "2025-12-31T23:59:30Z"]],
                    ]
                ],
            ], "0/2", "Init:CrashLoopBackOff", "4 (30s ago)"),
        Case(
            "one has failed", initContainers: [["name": "a"]],
            status: [
                "phase": "Failed",
                "initContainerStatuses": [["name": "a", "state": ["terminated": ["exitCode": 1, "reason": "Error"]]]],
            ], "0/2", "Init:Error", "0"),
        Case(
            "one has failed without a reason", initContainers: [["name": "a"]],
            status: [
                "phase": "Failed", "initContainerStatuses": [["name": "a", "state": ["terminated": ["exitCode": 2]]]],
            ], "0/2", "Init:ExitCode:2", "0"),
        Case(
            "one was killed", initContainers: [["name": "a"]],
            status: [
                "phase": "Failed",
                "initContainerStatuses": [["name": "a", "state": ["terminated": ["exitCode": 143, "signal": 15]]]],
            ], "0/2", "Init:Signal:15", "0"),
        Case(
            "restarts of init containers are forgotten when all are through, the containers come up",
            initContainers: [["name": "a"]],
            status: [
                "phase": "Pending",
                "initContainerStatuses": [["name": "a", "restartCount": 3, "state": ["terminated": ["exitCode": 0]]]],
                "containerStatuses": [["state": ["waiting": ["reason": "PodInitializing"]]]],
            ], "0/2", "PodInitializing", "0"),
        Case(
            "a sidecar counts like a container", initContainers: [sidecar],
            status: [
                "phase": "Running",
                "initContainerStatuses": [
                    ["name": "s", "started": true, "ready": true, "restartCount": 1, "state": ["running": [:]]]
                ],
                "containerStatuses": [running, running],
            ], "3/3", "Running", "1"),
        Case(
            "a sidecar that has not started is waited for", initContainers: [sidecar, ["name": "b"]],
            status: [
                "phase": "Pending",
                "initContainerStatuses": [["name": "s", "started": false, "state": ["running": [:]]]],
            ], "0/3", "Init:0/2", "0"),
        Case(
            "a sidecar that fails after the pod was initialized does not hide the containers",
            initContainers: [sidecar],
            status: [
                "phase": "Running", "conditions": [["type": "Initialized", "status": "True"]],
                "initContainerStatuses": [
                    ["name": "s", "started": false, "state": ["terminated": ["exitCode": 1, "reason": "Error"]]]
                ],
                "containerStatuses": [running, running],
            ], "2/3", "Init:Error", "0"),
    ]

    @Test("ready, status and restarts", arguments: containers + initContainers)
    func summary(_ example: Case) throws {
        let pod: Value = [
            "metadata": example.metadata,
            "spec": ["initContainers": .array(example.initContainers), "containers": [["name": "c"], ["name": "d"]]],
            "status": example.status,
        ]
        let cells = try cells(pod, of: "pods")
        #expect(["Ready", "Status", "Restarts"].map { cells[$0] } == example.expected)
    }

    @Test("the wide columns show where the pod is")
    func wide() throws {
        let gates: [Value] = [["conditionType": "a"], ["conditionType": "b"]]
        let bare = try cells([:], of: "pods")
        let wide = ["IP", "Node", "Nominated Node", "Readiness Gates"]
        #expect(wide.map { bare[$0] } == ["<none>", "<none>", "<none>", "<none>"])
        let full = try cells(
            [
                "metadata": ["name": "p", "creationTimestamp": "2025-12-31T22:00:00Z"],
                "spec": ["nodeName": "n", "readinessGates": .array(gates)],
                "status": ["podIPs": [["ip": "10.0.0.1"]], "conditions": [["type": "b", "status": "True"]]],
            ], of: "pods")
        #expect((["Name", "Age"] + wide).map { full[$0] } == ["p", "120m", "10.0.0.1", "n", "<none>", "1/2"])
    }
}
