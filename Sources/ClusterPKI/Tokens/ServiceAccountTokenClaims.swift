internal import APIMachinery
package import Determinism

/// What a service-account token says.
package struct ServiceAccountTokenClaims: Sendable, Equatable {
    /// An object that the token speaks of; the UID tells whether it is still the same one.
    package struct Reference: Sendable, Hashable {
        package var name: String
        package var uid: String

        package init(name: String, uid: String) {
            self.name = name
            self.uid = uid
        }
    }

    package var issuer: String
    package var audiences: [String]
    package var namespace: String
    package var serviceAccount: Reference
    /// The token dies with this pod.
    package var pod: Reference?
    /// Where the pod runs, or the node that the token itself is bound to.
    package var node: Reference?
    /// The token dies with this secret.
    package var secret: Reference?
    package var issuedAt: Timestamp
    package var notBefore: Timestamp
    package var expiry: Timestamp
    /// After this moment the client should have fetched a new token; the API server warns.
    package var warnAfter: Timestamp?
    /// Unique per token (`jti`).
    package var tokenID: String

    package init(
        issuer: String, audiences: [String], namespace: String, serviceAccount: Reference, pod: Reference? = nil,
        node: Reference? = nil, secret: Reference? = nil, issuedAt: Timestamp, notBefore: Timestamp,
        expiry: Timestamp, warnAfter: Timestamp? = nil, tokenID: String
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.namespace = namespace
        self.serviceAccount = serviceAccount
        self.pod = pod
        self.node = node
        self.secret = secret
        self.issuedAt = issuedAt
        self.notBefore = notBefore
        self.expiry = expiry
        self.warnAfter = warnAfter
        self.tokenID = tokenID
    }

    package var account: ServiceAccountName { ServiceAccountName(namespace: namespace, name: serviceAccount.name) }

    /// What the user's `extra` gains, under upstream's names.
    package var extra: [String: [String]] {
        var extra: [String: [String]] = [:]
        if !tokenID.isEmpty { extra["authentication.kubernetes.io/credential-id"] = ["JTI=" + tokenID] }
        if let pod {
            extra["authentication.kubernetes.io/pod-name"] = [pod.name]
            extra["authentication.kubernetes.io/pod-uid"] = [pod.uid]
        }
        if let node {
            extra["authentication.kubernetes.io/node-name"] = [node.name]
            extra["authentication.kubernetes.io/node-uid"] = [node.uid]
        }
        return extra
    }
}

extension ServiceAccountTokenClaims {
    /// The claims as JSON; the names and shapes are upstream's.
    var value: Value {
        var kubernetes: Value = ["namespace": .string(namespace), "serviceaccount": serviceAccount.value]
        kubernetes["pod"] = pod?.value
        kubernetes["node"] = node?.value
        kubernetes["secret"] = secret?.value
        kubernetes["warnafter"] = warnAfter.map { .integer($0.seconds) }
        return [
            "aud": .array(audiences.map { .string($0) }), "exp": .integer(expiry.seconds),
            "iat": .integer(issuedAt.seconds), "iss": .string(issuer), "jti": .string(tokenID),
            "kubernetes.io": kubernetes, "nbf": .integer(notBefore.seconds), "sub": .string(account.userName),
        ]
    }

    /// Reads claims; `nil` when something is missing that every such token has.
    init?(_ value: Value) {
        guard let issuer = value["iss"]?.stringValue, let expiry = value["exp"]?.moment,
            let kubernetes = value["kubernetes.io"], let namespace = kubernetes["namespace"]?.stringValue,
            let account = kubernetes["serviceaccount"].flatMap(Reference.init),
            value["sub"]?.stringValue == ServiceAccountName(namespace: namespace, name: account.name).userName
        else { return nil }
        let audiences = value["aud"]?.arrayValue?.compactMap(\.stringValue) ?? [value["aud"]?.stringValue ?? ""]
        self.init(
            issuer: issuer, audiences: audiences.filter { !$0.isEmpty }, namespace: namespace,
            serviceAccount: account, pod: kubernetes["pod"].flatMap(Reference.init),
            node: kubernetes["node"].flatMap(Reference.init), secret: kubernetes["secret"].flatMap(Reference.init),
            issuedAt: value["iat"]?.moment ?? Timestamp(seconds: 0),
            notBefore: value["nbf"]?.moment ?? Timestamp(seconds: 0), expiry: expiry,
            warnAfter: kubernetes["warnafter"]?.moment, tokenID: value["jti"]?.stringValue ?? "")
    }
}

extension ServiceAccountTokenClaims.Reference {
    fileprivate var value: Value { ["name": .string(name), "uid": .string(uid)] }

    fileprivate init?(_ value: Value) {
        guard let name = value["name"]?.stringValue, !name.isEmpty else { return nil }
        self.init(name: name, uid: value["uid"]?.stringValue ?? "")
    }
}

extension Value {
    /// A claim's time: seconds since 1970, of a size that a calendar can hold.
    fileprivate var moment: Timestamp? {
        guard let seconds = doubleValue, abs(seconds) < 9e9 else { return nil }
        return Timestamp(seconds: Int64(seconds))
    }
}
