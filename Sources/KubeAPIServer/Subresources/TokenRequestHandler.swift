internal import APIMachinery
internal import APIRegistry
internal import ClusterPKI
internal import Determinism

/// `serviceaccounts/token`: a token for one account, possibly bound to a pod, node or secret.
struct TokenRequestHandler: SubresourceHandler {
    private static let kind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest")

    let issuer: ServiceAccountTokenIssuer
    let audiences: [String]
    let objects: ObjectLookup
    let writes: ResourceWrites

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let account = try call.resource.store.get(call.info.name, namespace: call.info.namespace).value()
        let sent = try call.body(as: Self.kind)
        var request = try await writes.admit(sent, kind: Self.kind, .create, call)
        let wanted = (request[path: "spec", "audiences"]?.arrayValue ?? []).compactMap(\.stringValue)
        let seconds = request[path: "spec", "expirationSeconds"]?.integerValue ?? 3600
        guard seconds >= 600 else {
            throw .invalid(
                Self.kind, "",
                [.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")])
        }
        let bound = try binding(request[path: "spec", "boundObjectRef"], call)
        let meant = wanted.isEmpty ? audiences : wanted
        let plan = TokenLifetimePlan.decide(
            requestedSeconds: seconds, isPodBound: bound.pod != nil,
            isForAPIServer: meant.allSatisfy { audiences.contains($0) })
        do {
            let issued = try issuer.issue(
                to: ServiceAccountName(namespace: call.info.namespace, name: call.info.name),
                uid: account[path: "metadata", "uid"]?.stringValue ?? "", audiences: meant, lifetime: plan.lifetime,
                warnAfter: plan.warnAfter, pod: bound.pod, node: bound.node, secret: bound.secret)
            request["status"] = [
                "token": .string(issued.token),
                "expirationTimestamp": .string((issued.claims.issuedAt + plan.promised).rfc3339),
            ]
            request[path: "metadata", "creationTimestamp"] = .string(issued.claims.issuedAt.rfc3339)
        } catch {
            throw .internalError("the token cannot be signed: \(error)")
        }
        request[path: "spec", "audiences"] = .array(meant.map(Value.string))
        request[path: "spec", "expirationSeconds"] = .integer(seconds)
        request[path: "metadata", "name"] = .string(call.info.name)
        request[path: "metadata", "namespace"] = .string(call.info.namespace)
        return .response(try .object(request, kind: Self.kind, code: 201, as: call.type))
    }

    private struct Bound {
        var pod: ServiceAccountTokenClaims.Reference?
        var node: ServiceAccountTokenClaims.Reference?
        var secret: ServiceAccountTokenClaims.Reference?
    }

    /// The object that the token shall die with, which must exist and, if the request says so, have that UID.
    private func binding(_ reference: Value?, _ call: ResourceCall) throws(StatusError) -> Bound {
        guard let reference, let kind = reference["kind"]?.stringValue else { return Bound() }
        let name = reference["name"]?.stringValue ?? ""
        let namespace = call.info.namespace
        switch kind {
        case "Pod":
            let pod = try objects.get("pods", name, namespace: namespace)
            let account = pod[path: "spec", "serviceAccountName"]?.stringValue ?? ""
            guard account == call.info.name else {
                throw .badRequest(
                    "cannot bind token for serviceaccount \"\(call.info.name)\" to pod running with different "
                        + "serviceaccount name.")
            }
            var bound = Bound(pod: try Self.reference(to: pod, reference, "pods"))
            if let node = pod[path: "spec", "nodeName"]?.stringValue, !node.isEmpty,
                let object = try? objects.get("nodes", node)
            {
                bound.node = .init(name: node, uid: object[path: "metadata", "uid"]?.stringValue ?? "")
            }
            return bound
        case "Node":
            return Bound(node: try Self.reference(to: try objects.get("nodes", name), reference, "nodes"))
        case "Secret":
            let secret = try objects.get("secrets", name, namespace: namespace)
            return Bound(secret: try Self.reference(to: secret, reference, "secrets"))
        case _:
            throw .badRequest("cannot bind token to object of type \(kind)")
        }
    }

    private static func reference(
        to object: Value, _ wanted: Value, _ resource: String
    ) throws(StatusError) -> ServiceAccountTokenClaims.Reference {
        let uid = object[path: "metadata", "uid"]?.stringValue ?? ""
        let name = wanted["name"]?.stringValue ?? ""
        if let asked = wanted["uid"]?.stringValue, !asked.isEmpty, asked != uid {
            throw .conflict(
                GroupResource(group: "", resource: resource), name,
                "the UID in the bound object reference (\(asked)) does not match the UID in record. The object might "
                    + "have been deleted and then recreated")
        }
        return .init(name: name, uid: uid)
    }
}
