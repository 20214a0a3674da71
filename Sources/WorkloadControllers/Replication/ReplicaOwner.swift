internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// What ReplicaSets and ReplicationControllers have in common: a number, a selector, a template.
protocol ReplicaOwner: APIObject {
    static var controllerName: String { get }
    var desired: Int { get }
    var podTemplate: PodTemplateSpec { get }
    var minReady: Duration { get }
    var reported: ReplicaStatus { get set }
    func podSelector() throws(SelectorError) -> Selector
}

/// The status that both report.
struct ReplicaStatus: Sendable, Equatable {
    var replicas = 0
    var fullyLabeled = 0
    var ready = 0
    var available = 0
    /// `nil` where the kind does not report it.
    var terminating: Int?
    var observedGeneration: Int64 = 0
    var failure: ReplicaFailure?
}

/// Why pods could not be made or deleted: the condition `ReplicaFailure`.
struct ReplicaFailure: Sendable, Equatable {
    static let type = "ReplicaFailure"

    var reason: String
    var message: String
    var since: Timestamp?

    static func creating(_ message: String) -> ReplicaFailure { ReplicaFailure(reason: "FailedCreate", message: message) }
    static func deleting(_ message: String) -> ReplicaFailure { ReplicaFailure(reason: "FailedDelete", message: message) }
}

extension ReplicaSet: ReplicaOwner {
    static var controllerName: String { "replicaset" }
    var desired: Int { Int(spec.replicas ?? 1) }
    var podTemplate: PodTemplateSpec { spec.template }
    var minReady: Duration { .seconds(Int64(spec.minReadySeconds)) }
    func podSelector() throws(SelectorError) -> Selector { try Selector(spec.selector) }

    var reported: ReplicaStatus {
        get {
            let failure = status.conditions.first { $0.type == ReplicaFailure.type }
            return ReplicaStatus(
                replicas: Int(status.replicas), fullyLabeled: Int(status.fullyLabeledReplicas),
                ready: Int(status.readyReplicas), available: Int(status.availableReplicas),
                terminating: status.terminatingReplicas.map(Int.init), observedGeneration: status.observedGeneration,
                failure: failure.map { ReplicaFailure(reason: $0.reason, message: $0.message, since: $0.lastTransitionTime) })
        }
        set {
            status.replicas = Int32(newValue.replicas)
            status.fullyLabeledReplicas = Int32(newValue.fullyLabeled)
            status.readyReplicas = Int32(newValue.ready)
            status.availableReplicas = Int32(newValue.available)
            status.terminatingReplicas = newValue.terminating.map(Int32.init)
            status.observedGeneration = newValue.observedGeneration
            status.conditions.removeAll { $0.type == ReplicaFailure.type }
            if let failure = newValue.failure {
                var condition = ReplicaSetCondition()
                condition.type = ReplicaFailure.type
                condition.status = "True"
                condition.reason = failure.reason
                condition.message = failure.message
                condition.lastTransitionTime = failure.since
                status.conditions.append(condition)
            }
        }
    }
}

extension ReplicationController: ReplicaOwner {
    static var controllerName: String { "replication-controller" }
    var desired: Int { Int(spec.replicas ?? 1) }
    var podTemplate: PodTemplateSpec { spec.template ?? PodTemplateSpec() }
    var minReady: Duration { .seconds(Int64(spec.minReadySeconds)) }

    func podSelector() throws(SelectorError) -> Selector {
        spec.selector.isEmpty ? .nothing : Selector(equalTo: spec.selector)
    }

    var reported: ReplicaStatus {
        get {
            let failure = status.conditions.first { $0.type == ReplicaFailure.type }
            return ReplicaStatus(
                replicas: Int(status.replicas), fullyLabeled: Int(status.fullyLabeledReplicas),
                ready: Int(status.readyReplicas), available: Int(status.availableReplicas), terminating: nil,
                observedGeneration: status.observedGeneration,
                failure: failure.map { ReplicaFailure(reason: $0.reason, message: $0.message, since: $0.lastTransitionTime) })
        }
        set {
            status.replicas = Int32(newValue.replicas)
            status.fullyLabeledReplicas = Int32(newValue.fullyLabeled)
            status.readyReplicas = Int32(newValue.ready)
            status.availableReplicas = Int32(newValue.available)
            status.observedGeneration = newValue.observedGeneration
            status.conditions.removeAll { $0.type == ReplicaFailure.type }
            if let failure = newValue.failure {
                var condition = ReplicationControllerCondition()
                condition.type = ReplicaFailure.type
                condition.status = "True"
                condition.reason = failure.reason
                condition.message = failure.message
                condition.lastTransitionTime = failure.since
                status.conditions.append(condition)
            }
        }
    }
}
