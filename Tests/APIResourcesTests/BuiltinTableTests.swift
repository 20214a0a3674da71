import APIMachinery
import APIRegistry
import APIResources
import Testing

@Suite("Tables of the built-in resources")
struct BuiltinTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let resource: GroupVersionResource
        let object: Value
        let expected: [String: Value]

        init(
            _ group: String, _ resource: String, _ object: Value, _ expected: [String: Value], version: String = "v1"
        ) {
            testDescription = "\(resource) \(expected)"
            self.resource = GroupVersionResource(group: group, version: version, resource: resource)
            self.object = object
            self.expected = expected
        }
    }

    static let core: [Case] = [
        Case(
            "", "nodes", [:],
            ["Status": "Unknown", "Roles": "<none>", "Internal-IP": "<none>", "OS-Image": "<unknown>"]),
        Case(
            "", "nodes",
            [
                "metadata": ["labels": ["node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge"]],
                "spec": ["unschedulable": true],
                "status": [
                    "conditions": [["type": "Ready", "status": "True"]],
                    "addresses": [["type": "Hostname", "address": "h"], ["type": "InternalIP", "address": "10.0.0.1"]],
                ],
            ], ["Status": "Ready,SchedulingDisabled", "Roles": "edge,worker", "Internal-IP": "10.0.0.1"]),
        Case(
            "", "services",
            [
                "spec": [
                    "type": "NodePort", "clusterIPs": ["10.96.0.9"], "selector": ["b": "2", "a": "1"],
                    "ports": [["port": 80, "nodePort": 30080, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
                ]
            ],
            [
                "Cluster-IP": "10.96.0.9", "External-IP": "<none>", "Port(s)": "80:30080/TCP,53/UDP",
                "Selector": "a=1,b=2",
            ]),
        Case("", "services", ["spec": ["type": "LoadBalancer"]], ["External-IP": "<pending>", "Port(s)": "<none>"]),
        Case(
            "", "services",
            [
                "spec": ["type": "LoadBalancer", "externalIPs": ["1.1.1.1"]],
                "status": ["loadBalancer": ["ingress": [["ip": "9.9.9.9"], ["hostname": "a.example"]]]],
            ], ["External-IP": "9.9.9.9,a.example,1.1.1.1"]),
        Case("", "endpoints", [:], ["Endpoints": "<none>"]),
        Case(
            "", "endpoints",
            [
                "subsets": [
                    [
                        "addresses": [["ip": "10.0.0.1"], ["ip": "fd00::1"]],
                        "ports": [["port": 80], ["port": 81]],
                    ]
                ]
            ], ["Endpoints": "10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more..."]),
        Case("", "configmaps", ["data": ["a": "", "b": ""], "binaryData": ["c": ""]], ["Data": 3]),
        Case(
            "", "resourcequotas",
            [
                "status": [
                    "hard": ["pods": "10", "limits.cpu": "4", "requests.cpu": "2"],
                    "used": ["pods": "3", "requests.cpu": "500m"],
                ]
            ], ["Request": "pods: 3/10, requests.cpu: 500m/2", "Limit": "limits.cpu: 0/4"]),
        Case(
            "", "persistentvolumes",
            [
                "spec": [
                    "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                    "claimRef": ["namespace": "d", "name": "c"],
                ], "status": ["phase": "Bound"],
            ],
            [
                "Capacity": "1Gi", "Access Modes": "RWO,RWX", "Claim": "d/c", "Status": "Bound",
                "VolumeAttributesClass": "<unset>", "VolumeMode": "<unset>",
            ]),
        Case(
            "", "persistentvolumeclaims",
            [
                "metadata": ["deletionTimestamp": "2025-12-31T23:00:00Z"],
                "spec": ["accessModes": ["ReadWriteOnce"]], "status": ["phase": "Pending"],
            ], ["Status": "Terminating", "Capacity": "", "Access Modes": ""]),
    ]

    static let events: [Case] = [
        Case(
            "", "events",
            [
                "involvedObject": ["kind": "Pod", "name": "p", "fieldPath": "spec.containers{c}"],
                "firstTimestamp": "2025-12-31T23:50:00Z", "lastTimestamp": "2025-12-31T23:59:00Z", "count": 4,
                "source": ["component": "kubelet", "host": "n"], "message": " pulled\n",
            ],
            [
                "Last Seen": "60s", "First Seen": "10m", "Count": 4, "Object": "pod/p", "Source": "kubelet, n",
                "Message": "pulled", "Subobject": "spec.containers{c}",
            ]),
        Case(
            "events.k8s.io", "events",
            [
                "apiVersion": "events.k8s.io/v1", "regarding": ["kind": "Node"], "note": "up",
                "eventTime": "2025-12-31T23:59:00.000000Z", "reportingController": "k",
            ],
            ["Last Seen": "60s", "Count": 1, "Object": "node", "Source": "k", "Message": "up"]),
    ]

    static let workloads: [Case] = [
        Case(
            "apps", "deployments",
            [
                "spec": [
                    "replicas": 3,
                    "template": [
                        "spec": ["containers": [["name": "a", "image": "x"], ["name": "b", "image": "y"]]]
                    ],
                    "selector": [
                        "matchLabels": ["z": "1"],
                        "matchExpressions": [
                            ["key": "t", "operator": "In", "values": ["b", "a"]],
                            ["key": "u", "operator": "DoesNotExist"],
                        ],
                    ],
                ], "status": ["readyReplicas": 2, "updatedReplicas": 3],
            ],
            [
                "Ready": "2/3", "Up-to-date": 3, "Available": 0, "Containers": "a,b", "Images": "x,y",
                "Selector": "t in (a,b),!u,z=1",
            ]),
        Case("apps", "daemonsets", [:], ["Node Selector": "<none>", "Desired": 0]),
        Case(
            "apps", "controllerrevisions",
            [
                "metadata": [
                    "ownerReferences": [["apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "controller": true]]
                ], "revision": 2,
            ], ["Controller": "daemonset.apps/d", "Revision": 2]),
        Case(
            "batch", "jobs",
            ["spec": ["parallelism": 2], "status": ["startTime": "2025-12-31T23:59:00Z", "succeeded": 1]],
            ["Completions": "1/1 of 2", "Duration": "60s", "Status": "Running"]),
        Case(
            "batch", "jobs",
            [
                "spec": ["completions": 3],
                "status": [
                    "startTime": "2025-12-31T23:00:00Z", "completionTime": "2025-12-31T23:05:30Z", "succeeded": 3,
                    "conditions": [["type": "Complete", "status": "True"]],
                ],
            ], ["Completions": "3/3", "Duration": "5m30s", "Status": "Complete"]),
        Case(
            "batch", "cronjobs", ["spec": ["schedule": "* * * * *", "suspend": false]],
            ["Timezone": "<none>", "Suspend": "False", "Active": 0, "Last Schedule": "<none>"]),
        Case(
            "autoscaling", "horizontalpodautoscalers",
            [
                "apiVersion": "autoscaling/v1",
                "spec": [
                    "targetCPUUtilizationPercentage": 50, "maxReplicas": 9,
                    "scaleTargetRef": ["kind": "Deployment", "name": "d"],
                ],
            ], ["Targets": "cpu: <unknown>/50%", "Reference": "Deployment/d", "MinPods": "<unset>", "MaxPods": 9]),
        Case(
            "autoscaling", "horizontalpodautoscalers",
            [
                "apiVersion": "autoscaling/v2",
                "spec": [
                    "minReplicas": 1,
                    "metrics": [
                        ["type": "Resource", "resource": ["name": "cpu", "target": ["averageUtilization": 80]]],
                        ["type": "External", "external": ["target": ["averageValue": "5"]]],
                        ["type": "Pods", "pods": ["target": ["averageValue": "1k"]]],
                    ],
                ],
                "status": [
                    "currentMetrics": [["type": "Resource", "resource": ["current": ["averageUtilization": 12]]]]
                ],
            ], ["Targets": "cpu: 12%/80%, <unknown>/5 (avg) + 1 more...", "MinPods": "1"], version: "v2"),
    ]

    static let others: [Case] = [
        Case(
            "networking.k8s.io", "ingresses",
            ["spec": ["tls": [[:]], "rules": [["host": "a"], ["host": "b"], ["host": "c"], ["host": "d"]]]],
            ["Hosts": "a,b,c + 1 more...", "Ports": "80, 443", "Class": "<none>", "Address": ""]),
        Case("networking.k8s.io", "networkpolicies", ["spec": ["podSelector": [:]]], ["Pod-Selector": "<none>"]),
        Case(
            "networking.k8s.io", "ipaddresses",
            ["spec": ["parentRef": ["resource": "services", "namespace": "default", "name": "kubernetes"]]],
            ["ParentRef": "services/default/kubernetes"]),
        Case(
            "discovery.k8s.io", "endpointslices",
            [
                "ports": [["name": "x"], ["port": 53]],
                "endpoints": [["addresses": ["a", "b"]], ["addresses": ["c"]], ["addresses": ["d"]]],
            ], ["Ports": "x,53", "Endpoints": "a,b,c + 1 more..."]),
        Case("discovery.k8s.io", "endpointslices", [:], ["Ports": "<unset>", "Endpoints": "<unset>"]),
        Case(
            "policy", "poddisruptionbudgets", ["spec": ["minAvailable": "50%"]],
            ["Min Available": "50%", "Max Unavailable": "N/A"]),
        Case(
            "storage.k8s.io", "storageclasses",
            ["metadata": ["name": "s", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"]]],
            ["Name": "s (default)", "AllowVolumeExpansion": false, "VolumeBindingMode": "Immediate"]),
        Case(
            "rbac.authorization.k8s.io", "rolebindings",
            [
                "roleRef": ["kind": "Role", "name": "r"],
                "subjects": [
                    ["kind": "User", "name": "u"], ["kind": "User", "name": "v"],
                    ["kind": "ServiceAccount", "namespace": "n", "name": "s"],
                ],
            ], ["Role": "Role/r", "Users": "u, v", "Groups": "", "ServiceAccounts": "n/s"]),
        Case(
            "certificates.k8s.io", "certificatesigningrequests",
            [
                "spec": ["expirationSeconds": 86400],
                "status": ["conditions": [["type": "Approved"]], "certificate": "x"],
            ],
            ["Condition": "Approved,Issued", "RequestedDuration": "24h"]),
        Case(
            "apiregistration.k8s.io", "apiservices",
            [
                "spec": ["service": ["namespace": "n", "name": "s"]],
                "status": ["conditions": [["type": "Available", "status": "False", "reason": "MissingEndpoints"]]],
            ], ["Service": "n/s", "Available": "False (MissingEndpoints)"]),
        Case(
            "flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations",
            ["spec": ["type": "Limited", "limited": ["nominalConcurrencyShares": 20]]],
            ["NominalConcurrencyShares": 20, "Queues": "<none>"]),
        Case(
            "resource.k8s.io", "resourceclaims", ["status": ["allocation": [:], "reservedFor": [["name": "p"]]]],
            ["State": "allocated,reserved"]),
    ]

    static let plain: [Case] = [
        Case("", "namespaces", ["status": ["phase": "Terminating"]], ["Status": "Terminating"]),
        Case("", "secrets", ["type": "Opaque", "data": ["a": "", "b": ""]], ["Type": "Opaque", "Data": 2]),
        Case(
            "", "podtemplates",
            [
                "template": [
                    "metadata": ["labels": ["b": "2", "a": "1"]],
                    "spec": ["containers": [["name": "c", "image": "x"], ["name": "d", "image": "y"]]],
                ]
            ], ["Containers": "c,d", "Images": "x,y", "Pod Labels": "a=1,b=2"]),
        Case(
            "", "replicationcontrollers",
            ["spec": ["replicas": 3, "selector": ["a": "1"]], "status": ["replicas": 2, "readyReplicas": 1]],
            ["Desired": 3, "Current": 2, "Ready": 1, "Selector": "a=1", "Containers": "", "Images": ""]),
        Case(
            "apps", "replicasets",
            [
                "spec": ["replicas": 3, "selector": ["matchLabels": ["a": "1"]]],
                "status": ["replicas": 2, "readyReplicas": 1],
            ], ["Desired": 3, "Current": 2, "Ready": 1, "Selector": "a=1"]),
        Case(
            "apps", "statefulsets",
            [
                "spec": ["replicas": 2, "template": ["spec": ["containers": [["name": "c", "image": "x"]]]]],
                "status": ["readyReplicas": 1],
            ], ["Ready": "1/2", "Containers": "c", "Images": "x"]),
        Case("", "componentstatuses", [:], ["Status": "Unknown", "Message": "", "Error": ""]),
        Case(
            "", "componentstatuses",
            ["conditions": [["type": "Healthy", "status": "False", "message": "m", "error": "e"]]],
            ["Status": "Unhealthy", "Message": "m", "Error": "e"]),
        Case(
            "coordination.k8s.io", "leases", ["spec": ["holderIdentity": "h"]], ["Holder": "h"]),
        Case("node.k8s.io", "runtimeclasses", ["handler": "h"], ["Handler": "h"]),
        Case(
            "scheduling.k8s.io", "priorityclasses", ["value": 7, "preemptionPolicy": "Never"],
            ["Value": 7, "Global-Default": false, "PreemptionPolicy": "Never"]),
        Case(
            "networking.k8s.io", "ingressclasses",
            [
                "metadata": [
                    "name": "c", "annotations": ["ingressclass.kubernetes.io/is-default-class": "true"],
                ], "spec": ["controller": "a/b", "parameters": ["apiGroup": "g", "kind": "K", "name": "n"]],
            ], ["Name": "c (default)", "Controller": "a/b", "Parameters": "K.g/n"]),
        Case("networking.k8s.io", "ingressclasses", ["spec": ["controller": "a/b"]], ["Parameters": "<none>"]),
        Case(
            "networking.k8s.io", "servicecidrs", ["spec": ["cidrs": ["10.0.0.0/16", "fd00::/112"]]],
            ["CIDRs": "10.0.0.0/16,fd00::/112"]),
        Case(
            "rbac.authorization.k8s.io", "clusterrolebindings",
            ["roleRef": ["kind": "ClusterRole", "name": "r"], "subjects": [["kind": "Group", "name": "g"]]],
            ["Role": "ClusterRole/r", "Users": "", "Groups": "g", "ServiceAccounts": ""]),
        Case(
            "flowcontrol.apiserver.k8s.io", "flowschemas",
            [
                "spec": [
                    "priorityLevelConfiguration": ["name": "l"], "matchingPrecedence": 9,
                    "distinguisherMethod": ["type": "ByUser"],
                ], "status": ["conditions": [["type": "Dangling", "status": "False"]]],
            ],
            ["PriorityLevel": "l", "MatchingPrecedence": 9, "DistinguisherMethod": "ByUser", "MissingPL": "False"]),
        Case(
            "flowcontrol.apiserver.k8s.io", "flowschemas", [:], ["DistinguisherMethod": "<none>", "MissingPL": "?"]),
    ]

    static let admission: [Case] = [
        Case("admissionregistration.k8s.io", "mutatingwebhookconfigurations", ["webhooks": [[:]]], ["Webhooks": 1]),
        Case("admissionregistration.k8s.io", "validatingwebhookconfigurations", [:], ["Webhooks": 0]),
        Case(
            "admissionregistration.k8s.io", "validatingadmissionpolicies",
            ["spec": ["validations": [[:], [:]], "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"]]],
            ["Validations": 2, "ParamKind": "v1/ConfigMap"]),
        Case(
            "admissionregistration.k8s.io", "mutatingadmissionpolicies", ["spec": ["mutations": [[:]]]],
            ["Mutations": 1, "ParamKind": "<unset>"]),
        Case(
            "admissionregistration.k8s.io", "validatingadmissionpolicybindings",
            ["spec": ["policyName": "p", "paramRef": ["name": "n", "namespace": "s"]]],
            ["PolicyName": "p", "ParamRef": "s/n"]),
        Case(
            "admissionregistration.k8s.io", "mutatingadmissionpolicybindings", ["spec": ["policyName": "p"]],
            ["PolicyName": "p", "ParamRef": "<unset>"]),
        Case(
            "admissionregistration.k8s.io", "mutatingadmissionpolicybindings", ["spec": ["paramRef": ["name": "n"]]],
            ["ParamRef": "*/n"]),
        Case(
            "admissionregistration.k8s.io", "validatingadmissionpolicybindings",
            [
                "spec": [
                    "paramRef": [
                        "selector": [
                            "matchLabels": ["a": "b"],
                            "matchExpressions": [["key": "k", "operator": "In", "values": ["x", "y"]]],
                        ]
                    ]
                ]
            ],
            [
                "ParamRef": """
                &LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{\
                LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}
                """
            ]),
    ]

    static let storage: [Case] = [
        Case(
            "storage.k8s.io", "csidrivers",
            ["spec": ["attachRequired": false, "tokenRequests": [["audience": "a"], ["audience": "b"]]]],
            [
                "AttachRequired": false, "PodInfoOnMount": false, "StorageCapacity": false, "TokenRequests": "a,b",
                "RequiresRepublish": false, "Modes": "<none>",
            ]),
        Case("storage.k8s.io", "csinodes", ["spec": ["drivers": [[:], [:]]]], ["Drivers": 2]),
        Case(
            "storage.k8s.io", "csistoragecapacities", ["storageClassName": "c", "capacity": "1Gi"],
            ["StorageClassName": "c", "Capacity": "1Gi"]),
        Case(
            "storage.k8s.io", "volumeattachments",
            [
                "spec": ["attacher": "a", "nodeName": "n", "source": ["persistentVolumeName": "v"]],
                "status": ["attached": true],
            ], ["Attacher": "a", "PV": "v", "Node": "n", "Attached": true]),
        Case("storage.k8s.io", "volumeattributesclasses", ["driverName": "d"], ["DriverName": "d"]),
        Case(
            "resource.k8s.io", "resourceslices",
            ["spec": ["nodeName": "n", "driver": "d", "pool": ["name": "p"]]],
            ["Node": "n", "Driver": "d", "Pool": "p"]),
    ]

    @Test("an object's cells", arguments: core + events + workloads + others + plain + admission + storage)
    func cell(_ example: Case) throws {
        let resource = example.resource
        let cells = try cells(
            example.object, of: resource.resource, group: resource.group, version: resource.version)
        for (name, value) in example.expected { #expect(cells[name] == value, "\(name)") }
    }

    @Test("kinds of which there is little to show", arguments: [
        ("", "serviceaccounts", ["Name", "Age"]), ("resource.k8s.io", "deviceclasses", ["Name", "Age"]),
        ("resource.k8s.io", "resourceclaimtemplates", ["Name", "Age"]),
        ("apiextensions.k8s.io", "customresourcedefinitions", ["Name", "Created At"]),
    ])
    func few(group: String, resource: String, columns: [String]) throws {
        let object: Value = ["metadata": ["name": "a.b", "creationTimestamp": "2026-01-02T03:04:05Z"]]
        let cells = try cells(object, of: resource, group: group)
        #expect(cells.keys.sorted() == columns.sorted())
        #expect(cells["Name"] == "a.b")
        if columns.contains("Created At") { #expect(cells["Created At"] == "2026-01-02T03:04:05Z") }
    }

    @Test("kinds that upstream prints by name and creation time declare no columns")
    func undeclared() throws {
        for (group, resource) in [("", "limitranges"), ("rbac.authorization.k8s.io", "clusterroles")] {
            #expect(try cells([:], of: resource, group: group).isEmpty)
        }
    }
}
