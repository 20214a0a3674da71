internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Reads `metrics.k8s.io` for the pods of a selector.
struct PodMetricsReader: Sendable {
    let client: APIClient

    /// Samples by pod, of a resource in all containers or in one.
    func samples(
        resource: String, container: String?, namespace: String, selector: String, now: Timestamp
    ) async throws(StatusError) -> [String: ResourceUsage.Sample] {
        let list = try await client.list(
            PodMetrics.self, namespace: namespace, options: ListOptions(labelSelector: selector))
        var samples: [String: ResourceUsage.Sample] = [:]
        for metrics in list.items {
            let usages = metrics.containers.filter { container == nil || $0.name == container }.map { $0.usage[resource] }
            // A pod of which one number is missing has none.
            guard !usages.isEmpty, usages.allSatisfy({ $0 != nil }) else { continue }
            samples[metrics.metadata.name] = ResourceUsage.Sample(
                value: usages.reduce(0) { $0 + ($1?.milliValue ?? 0) }, timestamp: metrics.timestamp ?? now,
                window: metrics.window)
        }
        return samples
    }
}
