internal import APIMachinery

/// Pods keep others away from their node only, not from whole zones.
struct LimitPodHardAntiAffinityTopology: AdmissionPlugin {
    private static let hostname = "kubernetes.io/hostname"

    var name: String { "LimitPodHardAntiAffinityTopology" }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("pods")
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let terms = request.object?[
            path: "spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        for term in terms?.arrayValue ?? [] {
            let key = term["topologyKey"]?.stringValue ?? ""
            guard key != Self.hostname else { continue }
            throw request.forbidden(
                "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey \(key) but only key"
                    + " \(Self.hostname) is allowed")
        }
    }
}
