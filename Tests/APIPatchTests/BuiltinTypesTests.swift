import APIMachinery
import APIPatch
import Determinism
import Testing

/// Patches of real types, as upstream's documentation shows them.
@Suite("Patches of built-in types")
struct BuiltinTypesTests {
    static func type(_ name: String) throws -> SchemaType { try #require(SchemaCatalog.builtin.type(name)) }

    static let deployment: Value = [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "patch-demo", "uid": "1"],
        "spec": [
            "replicas": 2, "selector": ["matchLabels": ["app": "nginx"]],
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "30%"]],
            "template": [
                "metadata": ["labels": ["app": "nginx"]],
                "spec": [
                    "containers": [["name": "patch-demo-ctr", "image": "nginx"]],
                    "tolerations": [["effect": "NoSchedule", "key": "dedicated", "value": "test-team"]],
                ],
            ],
        ],
    ]

    @Test("a strategic patch adds a container, and replaces tolerations")
    func addsContainer() throws {
        let type = try Self.type("apps/v1.Deployment")
        let spec: Value = [
            "containers": [["name": "patch-demo-ctr-2", "image": "redis"]],
            "tolerations": [["effect": "NoSchedule", "key": "disktype", "value": "ssd"]],
        ]
        let result = try StrategicMergePatch.apply(
            ["spec": ["template": ["spec": spec]]], to: Self.deployment, schema: type)
        let patched = result[path: "spec", "template", "spec"]
        #expect(
            patched?["containers"] == [
                ["name": "patch-demo-ctr-2", "image": "redis"], ["name": "patch-demo-ctr", "image": "nginx"],
            ])
        #expect(patched?["tolerations"] == [["effect": "NoSchedule", "key": "disktype", "value": "ssd"]])
    }

    @Test("a strategic patch changes the strategy with retainKeys")
    func retainsKeys() throws {
        let result = try StrategicMergePatch.apply(
            ["spec": ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]]], to: Self.deployment,
            schema: Self.type("apps/v1.Deployment"))
        #expect(result[path: "spec", "strategy"] == ["type": "Recreate"])
    }

    @Test("conditions and finalizers merge, service ports by their number")
    func mergesByKeys() throws {
        let service: Value = ["spec": ["ports": [["port": 80, "name": "http"], ["port": 443, "name": "https"]]]]
        let patched = try StrategicMergePatch.apply(
            ["spec": ["ports": [["port": 443, "targetPort": 8443], ["port": 80, "$patch": "delete"]]]], to: service,
            schema: Self.type("core/v1.Service"))
        #expect(patched[path: "spec", "ports"] == [["port": 443, "name": "https", "targetPort": 8443]])

        let pod: Value = [
            "metadata": ["finalizers": ["a"]], "status": ["conditions": [["type": "Ready", "status": "False"]]],
        ]
        let ready = try StrategicMergePatch.apply(
            [
                "metadata": ["$deleteFromPrimitiveList/finalizers": ["a"]],
                "status": [
                    "$setElementOrder/conditions": [["type": "Ready"]],
                    "conditions": [["type": "Ready", "status": "True"]],
                ],
            ],
            to: pod, schema: Self.type("core/v1.Pod"))
        #expect(ready == ["metadata": ["finalizers": []], "status": ["conditions": [["type": "Ready", "status": "True"]]]])
    }

    @Test("a created Pod is owned as kubectl run leaves it in a real cluster")
    func ownsPod() throws {
        let manager = FieldManager(
            kind: GroupVersionKind(group: "", version: "v1", kind: "Pod"), schema: try Self.type("core/v1.Pod"),
            filter: .except(FieldSet(names: [["status"]])))
        let pod: Value = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web", "labels": ["run": "web"]],
            "spec": [
                "containers": [
                    [
                        "name": "web", "image": "nginx", "imagePullPolicy": "Always", "resources": [:],
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                    ]
                ],
                "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": [:], "terminationGracePeriodSeconds": 30,
            ],
            "status": ["phase": "Pending"],
        ]
        let created = manager.update(
            live: ["apiVersion": "v1", "kind": "Pod"], new: pod, manager: "kubectl-run", now: .testEpoch)
        let entry = created[path: "metadata", "managedFields"]?.arrayValue?.first?["fieldsV1"]
        #expect(
            entry.map { String(decoding: $0.json, as: UTF8.self) } == """
                {"f:metadata":{"f:labels":{".":{},"f:run":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"web\\"}":\
                {".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},\
                "f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},\
                "f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},\
                "f:terminationGracePeriodSeconds":{}}}
                """)
    }

    @Test("applied ports without a protocol are told apart as TCP")
    func defaultsKeys() throws {
        let manager = FieldManager(
            kind: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"),
            schema: try Self.type("apps/v1.Deployment"))
        var applied = Self.deployment
        applied[path: "metadata", "uid"] = nil
        applied[path: "spec", "template", "spec", "containers"] = [
            ["name": "c", "image": "nginx", "ports": [["containerPort": 80]]]
        ]
        let live: Value = ["apiVersion": "apps/v1", "kind": "Deployment"]
        let object = try manager.apply(live: live, applied: applied, manager: "a", force: false, now: .testEpoch)
        let paths = try ManagedEntries.decode(object[path: "metadata", "managedFields"])[0].fields.paths
        let item = ".spec.template.spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"]"
        #expect(paths.contains(item))
        #expect(paths.contains(".spec.selector"))
        #expect(paths.contains(".spec.template.spec.tolerations"))
        #expect(!paths.contains(".spec"))
    }
}
