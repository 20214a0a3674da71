internal import APIMachinery
package import APITypes

/// What is short on a node, and which pod has to go for it. Pure.
package enum EvictionPlan {
    package enum Resource: String, Sendable {
        case memory
        case disk = "ephemeral-storage"
    }

    package struct Signals: Sendable, Equatable {
        package var memoryAvailableBytes: Int64
        package var diskAvailablePercent: Int

        package init(memoryAvailableBytes: Int64, diskAvailablePercent: Int) {
            self.memoryAvailableBytes = memoryAvailableBytes
            self.diskAvailablePercent = diskAvailablePercent
        }
    }

    package struct Thresholds: Sendable, Equatable {
        /// 0 turns it off, in both.
        package var memoryAvailableBytes: Int64
        package var diskAvailablePercent: Int

        package init(memoryAvailableBytes: Int64, diskAvailablePercent: Int) {
            self.memoryAvailableBytes = memoryAvailableBytes
            self.diskAvailablePercent = diskAvailablePercent
        }
    }

    /// Memory comes first: without it nothing works.
    package static func shortage(_ signals: Signals, _ thresholds: Thresholds) -> Resource? {
        if signals.memoryAvailableBytes < thresholds.memoryAvailableBytes { return .memory }
        if signals.diskAvailablePercent < thresholds.diskAvailablePercent { return .disk }
        return nil
    }

    /// The pods in the order in which they have to go: those that use more than they asked for first, then the less
    /// important, then the hungriest. Critical pods stay.
    package static func ranking(_ pods: [(pod: Pod, usedBytes: Int64)], for resource: Resource) -> [Pod] {
        let candidates = pods.filter { ($0.pod.spec.priority ?? 0) < 2_000_000_000 && !$0.pod.isStatic }
        func excess(_ entry: (pod: Pod, usedBytes: Int64)) -> Int64 {
            entry.usedBytes - (ResourcePlan.total(entry.pod, resource.rawValue) { $0.requests }?.value ?? 0)
        }
        return candidates.sorted { left, right in
            let (leftExcess, rightExcess) = (excess(left), excess(right))
            if (leftExcess > 0) != (rightExcess > 0) { return leftExcess > 0 }
            let (leftPriority, rightPriority) = (left.pod.spec.priority ?? 0, right.pod.spec.priority ?? 0)
            if leftPriority != rightPriority { return leftPriority < rightPriority }
            if leftExcess != rightExcess { return leftExcess > rightExcess }
            return left.pod.metadata.uid < right.pod.metadata.uid
        }.map(\.pod)
    }

    /// As the pod's status and event say it.
    package static func message(_ resource: Resource, _ signals: Signals, _ thresholds: Thresholds) -> String {
        let (least, left) =
            switch resource {
            case .memory: (kibibytes(thresholds.memoryAvailableBytes), kibibytes(signals.memoryAvailableBytes))
            case .disk: ("\(thresholds.diskAvailablePercent)%", "\(signals.diskAvailablePercent)%")
            }
        return "The node was low on resource: \(resource.rawValue). Threshold quantity: \(least), available: \(left). "
    }

    private static func kibibytes(_ bytes: Int64) -> String { "\(bytes / 1024)Ki" }
}
