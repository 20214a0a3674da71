import APIMachinery
import KubeAPIServer
import Testing

@Suite("What a kubelet may")
struct NodeAuthorizerTests {
    private let authorizer = NodeAuthorizer()
    private let node = UserInfo(name: "system:node:a", groups: ["system:nodes", "system:authenticated"])

    private static let container: Value = [
        "name": "c", "envFrom": [["configMapRef": ["name": "cm-env"]]],
        "env": [["name": "x", "valueFrom": ["secretKeyRef": ["name": "s-env", "key": "k"]]]],
    ]

    private static let volumes: Value = [
        ["name": "v", "secret": ["secretName": "s-vol"]], ["name": "w", "configMap": ["name": "cm-vol"]],
        ["name": "d", "persistentVolumeClaim": ["claimName": "claim"]], ["name": "e", "ephemeral": [:]],
        [
            "name": "t",
            "projected": ["sources": [["secret": ["name": "s-proj"]], ["configMap": ["name": "cm-proj"]]]],
        ],
    ]

    private static let pod: Value = [
        "metadata": ["name": "p", "namespace": "n"],
        "spec": [
            "nodeName": "a", "serviceAccountName": "sa", "imagePullSecrets": [["name": "pull"]],
            "containers": [container], "volumes": volumes,
        ],
    ]

    private static let volume: Value = [
        "metadata": ["name": "pv"],
        "spec": [
            "claimRef": ["namespace": "n", "name": "claim"],
            "csi": ["driver": "d", "nodePublishSecretRef": ["name": "s-csi", "namespace": "storage"]],
        ],
    ]

    init() {
        authorizer.apply([
            .putPod(NodeGraphPod(Self.pod)), .putVolume(Self.volume), .putAttachment(name: "va", nodeName: "a"),
        ])
    }

    private func decide(
        _ verb: String, _ group: String, _ resource: String, _ namespace: String, _ name: String,
        as user: UserInfo? = nil, selector: [AuthorizationAttributes.FieldRequirement] = []
    ) -> Decision {
        let parts = resource.split(separator: "/").map(String.init)
        return authorizer.authorize(
            AuthorizationAttributes(
                user: user ?? node, verb: verb, apiGroup: group, resource: parts[0],
                subresource: parts.count > 1 ? parts[1] : "", namespace: namespace, name: name,
                fieldSelector: selector))
    }

    @Test(arguments: [
        ("secrets", "s-env"), ("secrets", "s-vol"), ("secrets", "s-proj"), ("secrets", "pull"),
        ("configmaps", "cm-env"), ("configmaps", "cm-vol"), ("configmaps", "cm-proj"),
        ("persistentvolumeclaims", "claim"), ("persistentvolumeclaims", "p-e"), ("pods", "p"),
        ("serviceaccounts", "sa"),
    ])
    func readsWhatItsPodsNeed(_ resource: String, _ name: String) {
        #expect(decide("get", "", resource, "n", name).isAllowed)
        #expect(!decide("get", "", resource, "m", name).isAllowed)
        let other = UserInfo(name: "system:node:b", groups: ["system:nodes"])
        #expect(
            decide("get", "", resource, "n", name, as: other)
                == .noOpinion(reason: "no relationship found between node 'b' and this object"))
        authorizer.apply([.removePod(namespace: "n", name: "p")])
        #expect(!decide("get", "", resource, "n", name).isAllowed)
    }

    @Test func followsClaimsToVolumesAndTheirSecrets() {
        #expect(decide("get", "", "persistentvolumes", "", "pv").isAllowed)
        #expect(decide("get", "", "secrets", "storage", "s-csi").isAllowed)
        authorizer.apply([.removeVolume(name: "pv")])
        #expect(!decide("get", "", "persistentvolumes", "", "pv").isAllowed)
        #expect(!decide("get", "", "secrets", "storage", "s-csi").isAllowed)
    }

    @Test func twoPodsWithOneSecretCountTwice() {
        var second = NodeGraphPod(Self.pod)
        second.name = "q"
        authorizer.apply([.putPod(second), .removePod(namespace: "n", name: "p")])
        #expect(decide("get", "", "secrets", "n", "s-vol").isAllowed)
        authorizer.apply([.removePod(namespace: "n", name: "q")])
        #expect(!decide("get", "", "secrets", "n", "s-vol").isAllowed)
    }

    @Test func aMirrorPodOpensNothing() {
        var pod = Self.pod
        pod[path: "metadata", "annotations"] = ["kubernetes.io/config.mirror": "x"]
        authorizer.apply([.putPod(NodeGraphPod(pod))])
        #expect(!decide("get", "", "secrets", "n", "s-vol").isAllowed)
        #expect(decide("get", "", "pods", "n", "p").isAllowed)
    }

    @Test("special resources", arguments: [
        ("list", "", "secrets", "n", "", "No Object name found"),
        ("delete", "", "secrets", "n", "s-vol", "can only read resources of this type"),
        ("get", "", "secrets", "", "s-vol", "can only read namespaced object of this type"),
        ("list", "", "persistentvolumes", "", "", "can only get individual resources of this type"),
        ("create", "", "serviceaccounts/token", "n", "sa", nil),
        ("create", "", "serviceaccounts/token", "n", "other", "no relationship found between node 'a' and this object"),
        ("create", "", "serviceaccounts", "n", "", "can only create tokens for individual service accounts"),
        ("get", "", "nodes", "", "a", nil),
        ("get", "", "nodes", "", "b", "node 'a' cannot read 'b', only its own Node object"),
        ("list", "", "nodes", "", "", "node 'a' cannot read all nodes, only its own Node object"),
        ("patch", "", "nodes/status", "", "a", nil), ("delete", "", "nodes", "", "a", ""),
        ("list", "", "pods", "", "", "can only list/watch pods with spec.nodeName field selector"),
        ("update", "coordination.k8s.io", "leases", "kube-node-lease", "a", nil),
        (
            "update", "coordination.k8s.io", "leases", "kube-node-lease", "b",
            "can only access node lease with the same name as the requesting node"
        ),
        (
            "get", "coordination.k8s.io", "leases", "kube-system", "a",
            #"can only access leases in the "kube-node-lease" system namespace"#
        ),
        ("get", "storage.k8s.io", "volumeattachments", "", "va", nil),
        (
            "get", "storage.k8s.io", "csinodes", "", "b",
            "can only access CSINode with the same name as the requesting node"
        ),
        ("create", "", "events", "n", "", nil), ("watch", "", "services", "", "", nil),
        ("create", "certificates.k8s.io", "certificatesigningrequests", "", "", nil),
        ("delete", "apps", "deployments", "n", "d", ""),
    ] as [(String, String, String, String, String, String?)])
    func special(
        _ verb: String, _ group: String, _ resource: String, _ namespace: String, _ name: String, _ refusal: String?
    ) {
        let wanted = refusal.map { Decision.noOpinion(reason: $0) } ?? .allow(reason: "")
        #expect(decide(verb, group, resource, namespace, name) == wanted)
    }

    @Test func listsItsOwnPodsBySelector() {
        #expect(decide("watch", "", "pods", "", "", selector: [.init(field: "spec.nodeName", value: "a")]).isAllowed)
        #expect(!decide("watch", "", "pods", "", "", selector: [.init(field: "spec.nodeName", value: "b")]).isAllowed)
    }

    @Test func usersWhoAreNoNodesAreNotItsBusiness() {
        #expect(decide("get", "", "nodes", "", "a", as: UserInfo(name: "system:node:a")) == .noOpinion(reason: ""))
        let nameless = UserInfo(name: "system:node:", groups: ["system:nodes"])
        #expect(
            decide("get", "", "nodes", "", "a", as: nameless)
                == .noOpinion(reason: #"unknown node for user "system:node:""#))
    }
}
