internal import APIMachinery
internal import ClusterPKI

/// Whether what a service-account token speaks of still exists, under the same UID.
struct TokenBindings: Sendable {
    let objects: ObjectLookup

    func stillHold(_ claims: ServiceAccountTokenClaims) -> Bool {
        holds(claims.serviceAccount, "serviceaccounts", claims.namespace)
            && (claims.pod.map { holds($0, "pods", claims.namespace) } ?? true)
            && (claims.secret.map { holds($0, "secrets", claims.namespace) } ?? true)
            && (claims.pod != nil || (claims.node.map { holds($0, "nodes", "") } ?? true))
    }

    private func holds(_ reference: ServiceAccountTokenClaims.Reference, _ resource: String, _ namespace: String) -> Bool {
        // An object that cannot be read is as good as gone.
        guard let object = try? objects.get(resource, reference.name, namespace: namespace) else { return false }
        return object[path: "metadata", "uid"]?.stringValue == reference.uid
    }
}
