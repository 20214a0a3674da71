internal import APITypes

/// What a deployment writes on itself and its replica sets.
enum DeploymentAnnotations {
    static let revision = "deployment.kubernetes.io/revision"
    static let history = "deployment.kubernetes.io/revision-history"
    static let desired = "deployment.kubernetes.io/desired-replicas"
    static let maximum = "deployment.kubernetes.io/max-replicas"
    static let hashLabel = "pod-template-hash"
    /// The history of revisions is cut at so many characters; as upstream.
    static let historyMax = 2000

    /// What is not copied from a deployment to its replica sets.
    private static let own: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", revision, history, desired, maximum,
        "deprecated.deployment.rollback.to",
    ]

    static func revision(of metadata: ObjectMeta) -> Int64 { metadata.annotations[revision].flatMap { Int64($0) } ?? 0 }

    /// The replica set's annotations once it is the newest: those of the deployment, and the next revision.
    static func updated(_ set: ObjectMeta, from deployment: Deployment, revision next: Int64) -> [String: String] {
        var annotations = set.annotations
        for (name, value) in deployment.metadata.annotations where !own.contains(name) { annotations[name] = value }
        let old = annotations[revision]
        guard (old.flatMap { Int64($0) } ?? 0) < next else { return annotations }
        annotations[revision] = String(next)
        if let old, !old.isEmpty {
            var revisions = (annotations[history] ?? "").split(separator: ",").map(String.init) + [old]
            while revisions.joined(separator: ",").utf8.count > historyMax { revisions.removeFirst() }
            annotations[history] = revisions.joined(separator: ",")
        }
        return annotations
    }

    static func setReplicas(_ metadata: inout ObjectMeta, desired: Int, maximum: Int) {
        metadata.annotations[Self.desired] = String(desired)
        metadata.annotations[Self.maximum] = String(maximum)
    }
}
