package import APITypes
internal import ControllerRuntime
internal import Determinism

/// A deployment's replica sets: the one that has its template now, and the earlier ones.
package struct ReplicaSetHistory: Sendable, Equatable {
    package let newest: ReplicaSet?
    /// From the oldest to the youngest.
    package let old: [ReplicaSet]

    var all: [ReplicaSet] { old + [newest].compactMap { $0 } }
    var total: Int { all.reduce(0) { $0 + $1.desired } }

    init(_ deployment: Deployment, _ sets: [ReplicaSet]) {
        let sorted = sets.sorted { ReplicaSetHistory.age($0) < ReplicaSetHistory.age($1) }
        // Where several have the template, the oldest is taken, always the same.
        let newest = sorted.first { Self.hasTemplate($0, of: deployment) }
        self.newest = newest
        old = sorted.filter { $0.metadata.uid != newest?.metadata.uid }
    }

    static func hasTemplate(_ set: ReplicaSet, of deployment: Deployment) -> Bool {
        var template = set.spec.template
        template.metadata.labels[DeploymentAnnotations.hashLabel] = nil
        var wanted = deployment.spec.template
        wanted.metadata.labels[DeploymentAnnotations.hashLabel] = nil
        return template == wanted
    }

    /// By creation, then by name.
    static func age(_ set: ReplicaSet) -> (Int64, String) {
        (set.metadata.creationTimestamp?.nanoseconds ?? .max, set.metadata.name)
    }

    /// The revision that the newest replica set is to have.
    var nextRevision: Int64 { (old.map { DeploymentAnnotations.revision(of: $0.metadata) }.max() ?? 0) + 1 }
}
