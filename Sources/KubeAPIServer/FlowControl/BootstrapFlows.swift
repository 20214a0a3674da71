internal import APIMachinery

/// The flow schemas and priority levels that every cluster has (`apiserver/pkg/apis/flowcontrol/bootstrap`).
enum BootstrapFlows {
    private static let apiVersion: Value = "flowcontrol.apiserver.k8s.io/v1"

    // MARK: Levels

    static let levels: [Value] = [
        level("exempt", ["type": "Exempt", "exempt": ["nominalConcurrencyShares": 0, "lendablePercent": 0]]),
        level(
            "catch-all",
            [
                "type": "Limited",
                "limited": [
                    "nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": ["type": "Reject"],
                ],
            ]),
        queued("system", shares: 30, lendable: 33, queues: 64),
        queued("node-high", shares: 40, lendable: 25, queues: 64),
        queued("leader-election", shares: 10, lendable: 0, queues: 16, hand: 4),
        queued("workload-high", shares: 40, lendable: 50, queues: 128),
        queued("workload-low", shares: 100, lendable: 90, queues: 128),
        queued("global-default", shares: 20, lendable: 50, queues: 128),
    ]

    private static func level(_ name: String, _ spec: Value) -> Value {
        ["apiVersion": apiVersion, "kind": "PriorityLevelConfiguration", "metadata": metadata(name), "spec": spec]
    }

    private static func queued(
        _ name: String, shares: Int64, lendable: Int64, queues: Int64, hand: Int64 = 6
    ) -> Value {
        level(
            name,
            [
                "type": "Limited",
                "limited": [
                    "nominalConcurrencyShares": .integer(shares), "lendablePercent": .integer(lendable),
                    "limitResponse": [
                        "type": "Queue",
                        "queuing": [
                            "queues": .integer(queues), "handSize": .integer(hand), "queueLengthLimit": 50,
                        ],
                    ],
                ],
            ])
    }

    private static func metadata(_ name: String) -> Value {
        ["name": .string(name), "annotations": ["apf.kubernetes.io/autoupdate-spec": "true"]]
    }

    // MARK: Schemas

    private static let everyResource: Value = [
        "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": true,
    ]
    private static let everyPath: Value = ["verbs": ["*"], "nonResourceURLs": ["*"]]
    private static let everybody = groups("system:unauthenticated", "system:authenticated")
    private static let kubeSystem: [Value] = [
        ["kind": "ServiceAccount", "serviceAccount": ["name": "*", "namespace": "kube-system"]]
    ]

    static let schemas: [Value] = [
        schema("exempt", "exempt", 1, nil, groups("system:masters")),
        schema(
            "probes", "exempt", 2, nil, everybody, resources: [],
            paths: [["verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]]]),
        schema(
            "system-leader-election", "leader-election", 100, "ByUser",
            users("system:kube-controller-manager", "system:kube-scheduler") + kubeSystem,
            resources: [rule(["get", "create", "update"], "coordination.k8s.io", ["leases"], isClusterScoped: false)],
            paths: []),
        schema(
            "system-node-high", "node-high", 400, "ByUser", groups("system:nodes"),
            resources: [
                rule(["*"], "", ["nodes", "nodes/status"], isClusterScoped: true),
                rule(["*"], "coordination.k8s.io", ["leases"], isClusterScoped: false),
            ],
            paths: []),
        schema("system-nodes", "system", 500, "ByUser", groups("system:nodes")),
        schema(
            "kube-controller-manager", "workload-high", 800, "ByNamespace", users("system:kube-controller-manager")),
        schema("kube-scheduler", "workload-high", 800, "ByNamespace", users("system:kube-scheduler")),
        schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", kubeSystem),
        schema("service-accounts", "workload-low", 9000, "ByUser", groups("system:serviceaccounts")),
        schema("global-default", "global-default", 9900, "ByUser", everybody),
        schema("catch-all", "catch-all", 10000, "ByUser", everybody),
    ]

    private static func schema(
        _ name: String, _ level: String, _ precedence: Int64, _ distinguisher: String?, _ subjects: [Value],
        resources: [Value] = [everyResource], paths: [Value] = [everyPath]
    ) -> Value {
        var rules: Value = ["subjects": .array(subjects)]
        if !resources.isEmpty { rules["resourceRules"] = .array(resources) }
        if !paths.isEmpty { rules["nonResourceRules"] = .array(paths) }
        var spec: Value = [
            "priorityLevelConfiguration": ["name": .string(level)], "matchingPrecedence": .integer(precedence),
            "rules": [rules],
        ]
        if let distinguisher { spec["distinguisherMethod"] = ["type": .string(distinguisher)] }
        return ["apiVersion": apiVersion, "kind": "FlowSchema", "metadata": metadata(name), "spec": spec]
    }

    private static func rule(
        _ verbs: [String], _ group: String, _ resources: [String], isClusterScoped: Bool
    ) -> Value {
        var rule: Value = [
            "verbs": .strings(verbs), "apiGroups": [.string(group)], "resources": .strings(resources),
            "namespaces": ["*"],
        ]
        if isClusterScoped { rule["clusterScope"] = true }
        return rule
    }

    private static func groups(_ names: String...) -> [Value] {
        names.map { ["kind": "Group", "group": ["name": .string($0)]] }
    }

    private static func users(_ names: String...) -> [Value] {
        names.map { ["kind": "User", "user": ["name": .string($0)]] }
    }
}
