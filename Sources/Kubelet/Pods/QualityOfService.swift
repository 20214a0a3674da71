internal import APIMachinery
package import APITypes

/// How well a pod is treated when memory is short: decides its cgroup and its OOM score.
package enum QualityOfService: String, Sendable {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    /// The class that the pod's requests and limits amount to (upstream's `ComputePodQOS`).
    package init(_ pod: Pod) {
        let names = ["cpu", "memory"]
        var requests: [String: Quantity] = [:]
        var limits: [String: Quantity] = [:]
        var everyContainerIsLimited = true
        let requirements =
            pod.spec.resources.map { [$0] } ?? (pod.spec.containers + pod.spec.initContainers).map(\.resources)
        for resources in requirements {
            for name in names {
                if let request = resources.requests[name], !request.isZero { requests[name, default: .zero] += request }
                if let limit = resources.limits[name], !limit.isZero {
                    limits[name, default: .zero] += limit
                } else {
                    everyContainerIsLimited = false
                }
            }
        }
        if requests.isEmpty, limits.isEmpty {
            self = .bestEffort
        } else if everyContainerIsLimited, names.allSatisfy({ requests[$0] == nil || requests[$0] == limits[$0] }) {
            self = .guaranteed
        } else {
            self = .burstable
        }
    }

    /// `oom_score_adj` of a container: the more of its request a burstable container's machine has, the sooner it dies.
    package func oomScoreAdjust(memoryRequest: Int64, memoryCapacity: Int64, isCritical: Bool) -> Int64 {
        if isCritical { return -997 }
        switch self {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        case .burstable:
            guard memoryCapacity > 0 else { return 999 }
            let score = 1000 - 1000 * memoryRequest / memoryCapacity
            if score < 3 { return 3 }
            return score == 1000 ? 999 : score
        }
    }

    /// The pod's cgroup below the kubelet's root.
    package func cgroup(root: String, uid: String) -> String {
        switch self {
        case .guaranteed: "\(root)/kubepods/pod\(uid)"
        case .burstable: "\(root)/kubepods/burstable/pod\(uid)"
        case .bestEffort: "\(root)/kubepods/besteffort/pod\(uid)"
        }
    }
}
