import APIMachinery
import KubeAPIServer
import Testing

@Suite("What a kubelet may write")
struct NodeRestrictionTests {
    private static let user = UserInfo(name: "system:node:a", groups: ["system:nodes"])
    private static let pods = GroupResource(group: "", resource: "pods")
    private static let nodes = GroupResource(group: "", resource: "nodes")

    private let rules = NodeRestriction(
        pod: { namespace, name in
            switch (namespace, name) {
            case ("n", "mine"): ["metadata": ["uid": "u"], "spec": ["nodeName": "a"]]
            case ("n", "other"): ["metadata": ["uid": "u"], "spec": ["nodeName": "b"]]
            default: nil
            }
        }, node: { $0 == "a" ? ["metadata": ["uid": "node-uid"]] : nil },
        commonName: { $0 == "mine" ? "system:node:a" : $0 == "other" ? "system:node:b" : nil })

    private func request(
        _ operation: NodeRestriction.Operation, _ resource: GroupResource, _ subresource: String = "",
        namespace: String = "", name: String = "", body object: Value? = nil, old: Value? = nil,
        user: UserInfo = user
    ) -> NodeRestriction.Request {
        .init(
            user: user, operation: operation, resource: resource, subresource: subresource, namespace: namespace,
            name: name, object: object, oldObject: old)
    }

    private func node(_ name: String = "a", labels: Value = [:], spec: Value = [:]) -> Value {
        ["metadata": ["name": .string(name), "labels": labels], "spec": spec]
    }

    @Test func anotherNodeIsOffLimits() {
        #expect(
            rules.review(request(.update, Self.nodes, "status", name: "b", body: node("b"), old: node("b")))
                == .forbid(#"node "a" is not allowed to modify node "b""#))
        #expect(
            rules.review(request(.create, Self.nodes, body: node("b")))
                == .forbid(#"node "a" is not allowed to modify node "b""#))
        #expect(rules.review(request(.create, Self.nodes, body: node())) == .admit)
        let admin = UserInfo(name: "admin")
        #expect(rules.review(request(.delete, Self.nodes, name: "b", user: admin)) == .admit)
    }

    @Test func taintsAreSetOnceAndThenOthers() {
        let tainted = node(spec: ["taints": [["key": "k", "effect": "NoSchedule"]]])
        #expect(rules.review(request(.create, Self.nodes, body: tainted)) == .admit)
        #expect(
            rules.review(request(.update, Self.nodes, name: "a", body: node(), old: tainted))
                == .forbid(#"node "a" is not allowed to modify taints"#))
        #expect(rules.review(request(.update, Self.nodes, name: "a", body: tainted, old: tainted)) == .admit)
    }

    @Test("labels", arguments: [
        ("kubernetes.io/hostname", true), ("topology.kubernetes.io/zone", true), ("example.com/x", true),
        ("plain", true),
        ("node.kubernetes.io/anything", true), ("x.kubelet.kubernetes.io/y", true),
        ("node-restriction.kubernetes.io/x", false), ("sub.node-restriction.kubernetes.io/x", false),
        ("node-role.kubernetes.io/control-plane", false), ("foo.k8s.io/x", false),
    ])
    func labels(_ label: String, _ isAllowed: Bool) {
        var labels = Value.emptyObject
        labels[label] = "v"
        #expect(
            rules.review(request(.create, Self.nodes, body: node(labels: labels)))
                == (isAllowed
                    ? .admit : .forbid("node \"a\" is not allowed to set the following labels: \(label)")))
        #expect(
            rules.review(request(.update, Self.nodes, name: "a", body: node(), old: node(labels: labels)))
                == (isAllowed ? .admit : .forbid("is not allowed to modify labels: \(label)")))
    }

    private static let mirror: Value = [
        "metadata": [
            "annotations": ["kubernetes.io/config.mirror": "x"],
            "ownerReferences": [
                ["apiVersion": "v1", "kind": "Node", "name": "a", "uid": "node-uid", "controller": true]
            ],
        ], "spec": ["nodeName": "a"],
    ]

    @Test func mirrorPodsAreTheOnlyPodsItMakes() {
        #expect(rules.review(request(.create, Self.pods, namespace: "n", body: Self.mirror)) == .admit)
        var pod = Self.mirror
        pod[path: "metadata", "annotations"] = nil
        #expect(
            rules.review(request(.create, Self.pods, namespace: "n", body: pod))
                == .forbid(
                    #"pod does not have "kubernetes.io/config.mirror" annotation, "#
                        + #"node "a" can only create mirror pods"#))
        let cases: [(String, Value, String)] = [
            ("nodeName", "b", "can only create pods with spec.nodeName set to itself"),
            ("serviceAccountName", "sa", "can not create pods that reference a service account"),
            ("volumes", [["secret": ["secretName": "s"]]], "can not create pods that reference secrets"),
            ("volumes", [["configMap": ["name": "s"]]], "can not create pods that reference configmaps"),
            (
                "volumes", [["persistentVolumeClaim": ["claimName": "s"]]],
                "can not create pods that reference persistentvolumeclaims"
            ),
        ]
        for (path, value, words) in cases {
            var pod = Self.mirror
            pod[path: "spec", path] = value
            #expect(
                rules.review(request(.create, Self.pods, namespace: "n", body: pod)) == .forbid("node \"a\" \(words)"))
        }
        pod = Self.mirror
        pod[path: "metadata", "ownerReferences"] = nil
        #expect(
            rules.review(request(.create, Self.pods, namespace: "n", body: pod))
                == .forbid(#"node "a" can only create pods with an owner reference set to itself"#))
    }

    @Test func deletesAndEvictsItsOwnPodsOnly() {
        #expect(rules.review(request(.delete, Self.pods, namespace: "n", name: "mine")) == .admit)
        #expect(
            rules.review(request(.delete, Self.pods, namespace: "n", name: "other"))
                == .forbid(#"node "a" can only delete pods with spec.nodeName set to itself"#))
        #expect(
            rules.review(request(.delete, Self.pods, namespace: "n", name: "gone")) == .notFound(Self.pods, "gone"))
        #expect(
            rules.review(request(.create, Self.pods, "eviction", namespace: "n", name: "other", body: [:]))
                == .forbid("node a can only evict pods with spec.nodeName set to itself"))
        #expect(
            rules.review(request(.update, Self.pods, "ephemeralcontainers", namespace: "n", name: "mine"))
                == .forbid(
                    #"unexpected pod subresource "ephemeralcontainers", only 'status' and 'eviction' are allowed"#))
    }

    @Test func aStatusUpdateChangesNoLabels() {
        let old: Value = ["metadata": ["labels": ["a": "b"]], "spec": ["nodeName": "a"]]
        var new = old
        new["status"] = ["phase": "Running"]
        #expect(rules.review(request(.update, Self.pods, "status", name: "p", body: new, old: old)) == .admit)
        new[path: "metadata", "labels"] = ["a": "c"]
        #expect(
            rules.review(request(.update, Self.pods, "status", name: "p", body: new, old: old))
                == .forbid(#"node "a" cannot update labels through pod status"#))
    }

    private static let tokenCases: [(Value, String?)] = [
        (["kind": "Pod", "apiVersion": "v1", "name": "mine", "uid": "u"], nil),
        (
            ["kind": "Pod", "apiVersion": "v1", "name": "other", "uid": "u"],
            "node requested token bound to a pod scheduled on a different node"
        ),
        (["kind": "Pod", "apiVersion": "v1", "name": "mine"], "node requested token with a pod binding without a uid"),
        (["kind": "Secret", "apiVersion": "v1", "name": "mine", "uid": "u"], "node requested token not bound to a pod"),
        (
            ["kind": "Pod", "apiVersion": "v1", "name": "mine", "uid": "old"],
            "the UID in the bound object reference (old) does not match the UID in record. The object might have been "
                + "deleted and then recreated"
        ),
    ]

    @Test("tokens", arguments: tokenCases)
    func tokens(_ reference: Value, _ refusal: String?) {
        let accounts = GroupResource(group: "", resource: "serviceaccounts")
        let body: Value = ["spec": ["boundObjectRef": reference]]
        let verdict = rules.review(
            request(.create, accounts, "token", namespace: "n", name: "sa", body: body))
        #expect(verdict == refusal.map { .forbid($0) } ?? .admit)
    }

    @Test func signingRequestsNameTheNode() {
        let requests = GroupResource(group: "certificates.k8s.io", resource: "certificatesigningrequests")
        func review(_ pem: String, _ signer: String) -> NodeRestriction.Verdict {
            let text = Base64.encode(Array(pem.utf8))
            let spec: Value = ["signerName": .string(signer), "request": .string(text)]
            return rules.review(request(.create, requests, body: ["spec": spec]))
        }
        let refusal = NodeRestriction.Verdict.forbid("can only create a node CSR with CN=system:node:a")
        #expect(review("mine", "kubernetes.io/kubelet-serving") == .admit)
        #expect(review("other", "kubernetes.io/kubelet-serving") == refusal)
        #expect(review("other", "kubernetes.io/kube-apiserver-client-kubelet") == refusal)
        #expect(review("other", "example.com/signer") == .admit)
    }

    @Test func leasesAndClaims() {
        let leases = GroupResource(group: "coordination.k8s.io", resource: "leases")
        let refusal = NodeRestriction.Verdict.forbid(
            "can only access node lease with the same name as the requesting node")
        let other: Value = ["metadata": ["name": "b"]]
        #expect(rules.review(request(.create, leases, namespace: "kube-node-lease", body: other)) == refusal)
        #expect(rules.review(request(.update, leases, namespace: "kube-node-lease", name: "a", body: other)) == .admit)
        let claims = GroupResource(group: "", resource: "persistentvolumeclaims")
        #expect(rules.review(request(.update, claims, name: "c")) == .forbid("may only update PVC status"))
        let old: Value = ["spec": ["x": "1"], "status": ["capacity": ["storage": "1Gi"]]]
        var new = old
        new[path: "status", "capacity"] = ["storage": "2Gi"]
        #expect(rules.review(request(.update, claims, "status", name: "c", body: new, old: old)) == .admit)
        new[path: "spec", "x"] = "2"
        #expect(rules.review(request(.update, claims, "status", name: "c", body: new, old: old)) != .admit)
    }
}
