internal import APIMachinery
package import APITypes

/// Whether a pod keeps more on its node's disk than it may. Pure; upstream's words
/// (`pkg/kubelet/eviction/eviction_manager.go`).
package enum LocalStoragePlan {
    /// Bytes on disk.
    package struct Usage: Sendable, Equatable {
        /// By the name of an emptyDir.
        package var volumes: [String: Int64]
        /// Writable layers and logs, by the name of a container.
        package var containers: [String: Int64]

        package init(volumes: [String: Int64] = [:], containers: [String: Int64] = [:]) {
            self.volumes = volumes
            self.containers = containers
        }
    }

    static let resource = "ephemeral-storage"

    package static func isLimited(_ pod: Pod) -> Bool {
        pod.spec.volumes.contains { $0.emptyDir?.sizeLimit != nil }
            || pod.allContainers.contains { $0.resources.limits[resource] != nil }
    }

    /// Why the pod has to go; nil when it keeps to its limits.
    package static func excess(_ pod: Pod, _ usage: Usage) -> String? {
        for volume in pod.spec.volumes {
            guard let limit = volume.emptyDir?.sizeLimit, limit > .zero, let used = usage.volumes[volume.name],
                used > limit.value
            else { continue }
            return "Usage of EmptyDir volume \"\(volume.name)\" exceeds the limit \"\(limit)\". "
        }
        if let limit = ResourcePlan.total(pod, resource, { $0.limits }), limit > .zero {
            let onDisk = pod.spec.volumes.filter { $0.emptyDir.map { $0.medium != "Memory" } ?? false }
            let volumes = onDisk.reduce(0) { $0 + (usage.volumes[$1.name] ?? 0) }
            if usage.containers.values.reduce(volumes, +) > limit.value {
                return "Pod ephemeral local storage usage exceeds the total limit of containers \(limit). "
            }
        }
        for container in pod.spec.containers + pod.spec.initContainers.filter(Pod.isSidecar) {
            guard let limit = container.resources.limits[resource], limit > .zero,
                let used = usage.containers[container.name], used > limit.value
            else { continue }
            return "Container \(container.name) exceeded its local ephemeral storage limit \"\(limit)\". "
        }
        return nil
    }
}
