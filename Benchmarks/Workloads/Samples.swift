internal import APIMachinery

/// The objects that the benchmark makes.
enum Samples {
    static let nodeLabel = "benchmark.apus.local/node"
    static let nodePrefix = "benchmark-node-"

    /// A pod of common size: about 1 KB as sent, 3 KB as stored.
    ///
    /// - isScheduled: asks for the nodes that the benchmark made, else for a scheduler that does not exist.
    static func pod(_ name: String, isScheduled: Bool) -> Value {
        let probe: Value = ["httpGet": ["path": "/healthz", "port": 8080], "periodSeconds": 5, "timeoutSeconds": 2]
        var spec: Value = [
            "containers": [[
                "name": "main", "image": "registry.example/team/service:1.2.3",
                "args": ["--port=8080", "--log-level=info"],
                "ports": [["name": "http", "containerPort": 8080]],
                "env": [
                    ["name": "POD_NAME", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]],
                    ["name": "REGION", "value": "north"],
                ],
                "resources": [
                    "requests": ["cpu": "100m", "memory": "128Mi"], "limits": ["cpu": "500m", "memory": "256Mi"],
                ],
                "readinessProbe": probe, "livenessProbe": probe,
                "volumeMounts": [["name": "config", "mountPath": "/etc/service"], ["name": "cache", "mountPath": "/cache"]],
            ]],
            "volumes": [
                ["name": "config", "configMap": ["name": "service"]], ["name": "cache", "emptyDir": .emptyObject],
            ],
        ]
        if isScheduled {
            spec["nodeSelector"] = .object([nodeLabel: "true"])
        } else {
            spec["schedulerName"] = "nobody"
        }
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "labels": ["app": "service", "tier": "web", "track": "stable"],
                "annotations": ["example.com/owner": "team@example.com", "example.com/revision": "42"],
            ],
            "spec": spec,
        ]
    }

    static func node(_ name: String, at now: String) -> Value {
        let amounts: Value = ["cpu": "32", "memory": "128Gi", "pods": "110", "ephemeral-storage": "100Gi"]
        let conditions: [(type: String, status: String, reason: String)] = [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory"), ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID"), ("Ready", "True", "KubeletReady"),
        ]
        return [
            "apiVersion": "v1", "kind": "Node",
            "metadata": [
                "name": .string(name),
                "labels": .object([nodeLabel: "true", "kubernetes.io/hostname": .string(name), "kubernetes.io/os": "linux"]),
            ],
            "status": [
                "capacity": amounts, "allocatable": amounts,
                "conditions": .array(
                    conditions.map { condition in
                        [
                            "type": .string(condition.type), "status": .string(condition.status),
                            "reason": .string(condition.reason), "message": "made by the benchmark",
                            "lastHeartbeatTime": .string(now), "lastTransitionTime": .string(now),
                        ]
                    }),
            ],
        ]
    }

    static func lease(_ name: String, at now: String) -> Value {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": .string(name), "namespace": "kube-node-lease"],
            "spec": ["holderIdentity": .string(name), "leaseDurationSeconds": 40, "renewTime": .string(now)],
        ]
    }
}
