package import APITypes
internal import Determinism
internal import ControllerRuntime

/// Which pods nobody will ever tidy away: their node is gone, or they were never on one.
package enum PodGCPlan: Sendable, Equatable {
    case keep
    /// Look again, and ask the server whether the node is really gone.
    case wait(Duration)
    case delete(Reason)

    package enum Reason: String, Sendable, Equatable {
        case orphaned = "PodGC: node no longer exists"
        case unscheduled = "PodGC: unscheduled and terminating"
    }

    /// A node that vanishes may come back; as upstream.
    package static let quarantine = Duration.seconds(40)
    /// Finished pods kept for their logs; as upstream's `--terminated-pod-gc-threshold`.
    package static let finishedMax = 12_500

    /// - absentFor: how long the pod's node has been missing; `nil` while it is there.
    package static func decide(_ pod: Pod, absentFor: Duration?) -> PodGCPlan {
        if pod.spec.nodeName.isEmpty { return pod.metadata.isBeingDeleted ? .delete(.unscheduled) : .keep }
        guard let absentFor else { return .keep }
        return absentFor < quarantine ? .wait(quarantine - absentFor) : .delete(.orphaned)
    }

    /// The oldest of too many finished pods.
    package static func surplus(_ finished: [Pod], maximum: Int = finishedMax) -> [Pod] {
        guard finished.count > maximum else { return [] }
        let oldestFirst = finished.sorted { left, right in
            let (a, b) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
            return a == b ? left.metadata.uid < right.metadata.uid : (a?.nanoseconds ?? 0) < (b?.nanoseconds ?? 0)
        }
        return Array(oldestFirst.prefix(finished.count - maximum))
    }
}
