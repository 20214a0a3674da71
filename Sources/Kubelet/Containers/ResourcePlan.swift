package import APIMachinery
package import APITypes
package import ContainerRuntime

/// Requests and limits in the kernel's units.
package enum ResourcePlan {
    package static let minimumShares: Int64 = 2
    package static let maximumShares: Int64 = 262_144
    package static let periodMicros: Int64 = 100_000
    package static let minimumQuotaMicros: Int64 = 1000

    package static func resources(_ container: Container, in pod: Pod, memoryCapacity: Int64) -> LinuxResources {
        var result = LinuxResources()
        let requests = container.resources.requests
        let limits = container.resources.limits
        let cpuLimit = limits["cpu"]?.milliValue ?? 0
        let cpuRequest = requests["cpu"]?.milliValue ?? 0
        result.cpuShares = shares(milliCPU: cpuRequest == 0 ? cpuLimit : cpuRequest)
        if cpuLimit > 0 {
            result.cpuPeriodMicros = periodMicros
            result.cpuQuotaMicros = quota(milliCPU: cpuLimit)
        }
        result.memoryLimitBytes = limits["memory"]?.value ?? 0
        // Without more, a container with a memory limit must not swap.
        result.memorySwapLimitBytes = result.memoryLimitBytes
        result.oomScoreAdjust = QualityOfService(pod).oomScoreAdjust(
            memoryRequest: requests["memory"]?.value ?? 0, memoryCapacity: memoryCapacity,
            isCritical: (pod.spec.priority ?? 0) >= 2_000_000_000)
        return result
    }

    package static func shares(milliCPU: Int64) -> Int64 {
        milliCPU <= 0 ? minimumShares : min(max(milliCPU * 1024 / 1000, minimumShares), maximumShares)
    }

    package static func quota(milliCPU: Int64) -> Int64 { max(milliCPU * periodMicros / 1000, minimumQuotaMicros) }

    /// The limits of the pod's whole cgroup.
    package static func pod(_ pod: Pod) -> LinuxResources {
        var result = LinuxResources()
        let quality = QualityOfService(pod)
        let cpuRequest = total(pod, "cpu") { $0.requests }?.milliValue ?? 0
        result.cpuShares = quality == .bestEffort ? minimumShares : shares(milliCPU: cpuRequest)
        if let limit = total(pod, "cpu", mustHaveAll: true, { $0.limits }) {
            result.cpuPeriodMicros = periodMicros
            result.cpuQuotaMicros = quota(milliCPU: limit.milliValue)
        }
        if let limit = total(pod, "memory", mustHaveAll: true, { $0.limits }) { result.memoryLimitBytes = limit.value }
        return result
    }

    /// What a pod needs of a resource at its hungriest: all containers and sidecars together, or one init container
    /// with the sidecars before it; nil when nothing is said (or, with `mustHaveAll`, not everywhere).
    package static func total(
        _ pod: Pod, _ name: String, mustHaveAll: Bool = false, _ part: (ResourceRequirements) -> [String: Quantity]
    ) -> Quantity? {
        if let whole = pod.spec.resources, let quantity = part(whole)[name] {
            return quantity + (pod.spec.overhead[name] ?? .zero)
        }
        let all = pod.spec.containers + pod.spec.initContainers
        let values = all.map { part($0.resources)[name] }
        if mustHaveAll ? values.contains(where: { $0 == nil }) : values.allSatisfy({ $0 == nil }) { return nil }
        var running = Quantity.zero
        for container in pod.spec.containers { running += part(container.resources)[name] ?? .zero }
        var sidecars = Quantity.zero
        var peak = Quantity.zero
        for container in pod.spec.initContainers {
            let value = part(container.resources)[name] ?? .zero
            if Pod.isSidecar(container) { sidecars += value }
            peak = max(peak, Pod.isSidecar(container) ? sidecars : sidecars + value)
        }
        return max(running + sidecars, peak) + (pod.spec.overhead[name] ?? .zero)
    }
}
