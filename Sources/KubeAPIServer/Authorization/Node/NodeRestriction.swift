package import APIMachinery

/// Keeps kubelets to their own Node, pods, leases and tokens by what a request's body says (upstream's admission
/// plugin of this name, same words). Pure: what it needs to know of other objects is handed in.
package struct NodeRestriction {
    package static let leaseNamespace = "kube-node-lease"

    package enum Operation: String, Sendable { case create = "CREATE", update = "UPDATE", delete = "DELETE" }

    /// A write that is about to happen.
    package struct Request: Sendable {
        package var user: UserInfo
        package var operation: Operation
        package var resource: GroupResource
        package var subresource: String
        package var namespace: String
        package var name: String
        package var object: Value?
        package var oldObject: Value?

        package init(
            user: UserInfo, operation: Operation, resource: GroupResource, subresource: String = "",
            namespace: String = "", name: String = "", object: Value? = nil, oldObject: Value? = nil
        ) {
            self.user = user
            self.operation = operation
            self.resource = resource
            self.subresource = subresource
            self.namespace = namespace
            self.name = name
            self.object = object
            self.oldObject = oldObject
        }
    }

    package enum Verdict: Sendable, Equatable {
        case admit
        /// The text goes into `... is forbidden: ...`.
        case forbid(String)
        /// A pod or node that the request is about does not exist.
        case notFound(GroupResource, String)
    }

    /// The pod of a namespace and name, the node of a name, the common name of a signing request.
    private let pod: (String, String) -> Value?
    private let node: (String) -> Value?
    private let commonName: (String) -> String?

    /// `commonName` reads a certificate signing request in PEM; `nil` when it is none.
    package init(
        pod: @escaping (_ namespace: String, _ name: String) -> Value?, node: @escaping (_ name: String) -> Value?,
        commonName: @escaping (_ requestPEM: String) -> String?
    ) {
        self.pod = pod
        self.node = node
        self.commonName = commonName
    }

    package func review(_ request: Request) -> Verdict {
        guard let name = NodeIdentity.nodeName(of: request.user) else { return .admit }
        guard !name.isEmpty else {
            return .forbid("could not determine node from user \(GoText.quote(request.user.name))")
        }
        switch (request.resource.group, request.resource.resource, request.subresource) {
        case ("", "pods", ""): return reviewPod(name, request)
        case ("", "pods", "status"): return reviewPodStatus(name, request)
        case ("", "pods", "eviction"): return reviewEviction(name, request)
        case ("", "pods", let subresource):
            return .forbid(
                "unexpected pod subresource \(GoText.quote(subresource)), only 'status' and 'eviction' are allowed")
        case ("", "nodes", _): return reviewNode(name, request)
        case ("", "persistentvolumeclaims", "status"): return reviewClaimStatus(name, request)
        case ("", "persistentvolumeclaims", _): return .forbid("may only update PVC status")
        case ("", "serviceaccounts", "token"): return reviewToken(name, request)
        case ("coordination.k8s.io", "leases", _): return reviewLease(name, request)
        case ("storage.k8s.io", "csinodes", _):
            return request.objectName == name
                ? .admit : .forbid("can only access CSINode with the same name as the requesting node")
        case ("resource.k8s.io", "resourceslices", _): return reviewResourceSlice(name, request)
        case ("certificates.k8s.io", "certificatesigningrequests", _): return reviewSigningRequest(name, request)
        default: return .admit
        }
    }

    // MARK: Pods

    private func reviewPod(_ name: String, _ request: Request) -> Verdict {
        switch request.operation {
        case .create: return reviewMirrorPod(name, request.object ?? .emptyObject)
        case .delete:
            guard let existing = pod(request.namespace, request.name) else {
                return .notFound(request.resource, request.name)
            }
            guard existing.nodeName == name else {
                return .forbid("node \(GoText.quote(name)) can only delete pods with spec.nodeName set to itself")
            }
            return .admit
        case .update:
            return .forbid(
                "unexpected operation \"UPDATE\", node \(GoText.quote(name)) can only create and delete mirror pods")
        }
    }

    private func reviewMirrorPod(_ name: String, _ pod: Value) -> Verdict {
        let quoted = GoText.quote(name)
        let annotation = NodeGraphPod.mirrorAnnotation
        guard pod[path: "metadata", "annotations", annotation] != nil else {
            return .forbid(
                "pod does not have \(GoText.quote(annotation)) annotation, node \(quoted) can only create mirror pods")
        }
        guard pod.nodeName == name else {
            return .forbid("node \(quoted) can only create pods with spec.nodeName set to itself")
        }
        if let refusal = reviewOwner(name, pod[path: "metadata", "ownerReferences"]?.arrayValue ?? []) {
            return refusal
        }
        let references = PodReferences(pod, namespace: "", name: "")
        let words: [(Bool, String)] = [
            (references.contains(.serviceAccount), "a service account"), (references.contains(.secret), "secrets"),
            (references.contains(.configMap), "configmaps"), (references.hasTrustBundles, "clustertrustbundles"),
            (references.contains(.persistentVolumeClaim), "persistentvolumeclaims"),
        ]
        guard let word = words.first(where: \.0)?.1 else { return .admit }
        return .forbid("node \(quoted) can not create pods that reference \(word)")
    }

    private func reviewOwner(_ name: String, _ owners: [Value]) -> Verdict? {
        let quoted = GoText.quote(name)
        guard owners.count <= 1 else {
            return .forbid("node \(quoted) can only create pods with a single owner reference set to itself")
        }
        guard let owner = owners.first, owner["apiVersion"]?.stringValue == "v1",
            owner["kind"]?.stringValue == "Node", owner["name"]?.stringValue == name
        else { return .forbid("node \(quoted) can only create pods with an owner reference set to itself") }
        guard owner["controller"]?.boolValue == true else {
            return .forbid("node \(quoted) can only create pods with a controller owner reference set to itself")
        }
        guard owner["blockOwnerDeletion"]?.boolValue != true else {
            return .forbid("node \(quoted) must not set blockOwnerDeletion on an owner reference")
        }
        guard let node = node(name) else { return .notFound(GroupResource(group: "", resource: "nodes"), name) }
        let (uid, wanted) = (owner["uid"]?.stringValue ?? "", node[path: "metadata", "uid"]?.stringValue ?? "")
        return uid == wanted ? nil : .forbid("node \(name) UID mismatch: expected \(uid) got \(wanted)")
    }

    private func reviewPodStatus(_ name: String, _ request: Request) -> Verdict {
        guard request.operation == .update else { return .unexpected(request.operation) }
        let (old, new) = (request.oldObject ?? .emptyObject, request.object ?? .emptyObject)
        let quoted = GoText.quote(name)
        guard old.nodeName == name else {
            return .forbid("node \(quoted) can only update pod status for pods with spec.nodeName set to itself")
        }
        guard old.labels == new.labels else {
            return .forbid("node \(quoted) cannot update labels through pod status")
        }
        guard old.claimStatuses == new.claimStatuses else {
            return .forbid("node \(quoted) cannot update resource claim statues")
        }
        return .admit
    }

    private func reviewEviction(_ name: String, _ request: Request) -> Verdict {
        guard request.operation == .create else { return .forbid("unexpected operation \(request.operation.rawValue)") }
        let podName = request.name.isEmpty ? request.objectName : request.name
        guard !podName.isEmpty else { return .forbid("could not determine pod from request data") }
        guard let existing = pod(request.namespace, podName) else { return .notFound(request.resource, podName) }
        return existing.nodeName == name
            ? .admit : .forbid("node \(name) can only evict pods with spec.nodeName set to itself")
    }

    // MARK: The node itself

    private func reviewNode(_ name: String, _ request: Request) -> Verdict {
        // A create names its object in the body alone.
        let requested = request.name.isEmpty ? request.objectName : request.name
        let quoted = GoText.quote(name)
        guard requested == name else {
            return .forbid("node \(quoted) is not allowed to modify node \(GoText.quote(requested))")
        }
        let (old, new) = (request.oldObject ?? .emptyObject, request.object ?? .emptyObject)
        let source = new[path: "spec", "configSource"].flatMap { $0.isNull ? nil : $0 }
        switch request.operation {
        case .create:
            if source != nil {
                return .forbid("node \(quoted) is not allowed to create pods with a non-nil configSource")
            }
            let labels = NodeLabels.forbidden(changing: [:], to: new.labels)
            guard labels.isEmpty else {
                let list = labels.joined(separator: ", ")
                return .forbid("node \(quoted) is not allowed to set the following labels: \(list)")
            }
        case .update:
            if let source, source != old[path: "spec", "configSource"] {
                return .forbid("node \(quoted) is not allowed to update configSource to a new non-nil configSource")
            }
            guard old.taints == new.taints else { return .forbid("node \(quoted) is not allowed to modify taints") }
            let labels = NodeLabels.forbidden(changing: old.labels, to: new.labels)
            guard labels.isEmpty else {
                return .forbid("is not allowed to modify labels: \(labels.joined(separator: ", "))")
            }
        case .delete: break
        }
        return .admit
    }

    // MARK: Everything else

    private func reviewClaimStatus(_ name: String, _ request: Request) -> Verdict {
        guard request.operation == .update else { return .unexpected(request.operation) }
        guard (request.oldObject ?? .emptyObject).withoutGrowth == (request.object ?? .emptyObject).withoutGrowth else {
            return .forbid(
                "node \(GoText.quote(name)) is not allowed to update fields other than status.quantity and "
                    + "status.conditions")
        }
        return .admit
    }

    private func reviewToken(_ name: String, _ request: Request) -> Verdict {
        guard request.operation == .create else { return .admit }
        guard let reference = request.object?[path: "spec", "boundObjectRef"],
            reference["apiVersion"]?.stringValue == "v1", reference["kind"]?.stringValue == "Pod",
            let podName = reference["name"]?.stringValue, !podName.isEmpty
        else { return .forbid("node requested token not bound to a pod") }
        guard let uid = reference["uid"]?.stringValue, !uid.isEmpty else {
            return .forbid("node requested token with a pod binding without a uid")
        }
        guard let existing = pod(request.namespace, podName) else {
            return .notFound(GroupResource(group: "", resource: "pods"), podName)
        }
        guard existing[path: "metadata", "uid"]?.stringValue == uid else {
            return .forbid(
                "the UID in the bound object reference (\(uid)) does not match the UID in record. The object might "
                    + "have been deleted and then recreated")
        }
        return existing.nodeName == name
            ? .admit : .forbid("node requested token bound to a pod scheduled on a different node")
    }

    private func reviewLease(_ name: String, _ request: Request) -> Verdict {
        guard request.namespace == Self.leaseNamespace else {
            return .forbid("can only access leases in the \(GoText.quote(Self.leaseNamespace)) system namespace")
        }
        return request.objectName == name
            ? .admit : .forbid("can only access node lease with the same name as the requesting node")
    }

    private func reviewResourceSlice(_ name: String, _ request: Request) -> Verdict {
        switch request.operation {
        case .create where request.object?.nodeName != name:
            .forbid("can only create ResourceSlice with the same NodeName as the requesting node")
        case .delete where request.oldObject?.nodeName != name:
            .forbid("can only delete ResourceSlice with the same NodeName as the requesting node")
        case .create, .update, .delete: .admit
        }
    }

    private static let nodeSigners: Set<String> = [
        "kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet",
    ]

    private func reviewSigningRequest(_ name: String, _ request: Request) -> Verdict {
        guard request.operation == .create, let spec = request.object?["spec"],
            Self.nodeSigners.contains(spec["signerName"]?.stringValue ?? "")
        else { return .admit }
        guard let pem = Base64.decode(Array((spec["request"]?.stringValue ?? "").utf8)),
            let commonName = commonName(String(decoding: pem, as: UTF8.self))
        else { return .forbid("unable to parse csr: PEM block type must be CERTIFICATE REQUEST") }
        return commonName == NodeIdentity.userPrefix + name
            ? .admit : .forbid("can only create a node CSR with CN=system:node:\(name)")
    }
}

extension NodeRestriction.Verdict {
    fileprivate static func unexpected(_ operation: NodeRestriction.Operation) -> NodeRestriction.Verdict {
        .forbid("unexpected operation \(GoText.quote(operation.rawValue))")
    }
}

extension NodeRestriction.Request {
    /// The name of the object; a create may name it in the body alone.
    fileprivate var objectName: String {
        operation == .create ? object?[path: "metadata", "name"]?.stringValue ?? "" : name
    }
}

extension Value {
    fileprivate var nodeName: String { self[path: "spec", "nodeName"]?.stringValue ?? "" }
    fileprivate var labels: [String: String] { self[path: "metadata", "labels"]?.stringMap ?? [:] }
    fileprivate var taints: [Value] { self[path: "spec", "taints"]?.arrayValue ?? [] }

    fileprivate var claimStatuses: [[String]] {
        (self[path: "status", "resourceClaimStatuses"]?.arrayValue ?? []).map { status in
            [status["name"]?.stringValue ?? ""] + (status["resourceClaimName"]?.stringValue.map { [$0] } ?? [])
        }
    }

    /// A claim without what a kubelet may change when it grows the volume.
    fileprivate var withoutGrowth: Value {
        var claim = self
        claim[path: "metadata", "resourceVersion"] = nil
        claim[path: "metadata", "managedFields"] = nil
        for field in ["capacity", "conditions", "allocatedResourceStatuses", "allocatedResources"] {
            claim[path: "status", field] = nil
        }
        return claim
    }
}
