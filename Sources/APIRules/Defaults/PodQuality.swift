package import APIMachinery

/// The class that decides who is evicted first (upstream's `GetPodQOS`).
package enum PodQuality {
    private static let counted = ["cpu", "memory"]

    package static func qosClass(of spec: Fields) -> String {
        let holders: [Value]
        if let resources = spec["resources"]?.objectValue, !resources.isEmpty {
            holders = [.object(spec)]
        } else {
            holders = (spec["containers"]?.arrayValue ?? []) + (spec["initContainers"]?.arrayValue ?? [])
        }
        var requests: [String: Quantity] = [:]
        var limits: [String: Quantity] = [:]
        var isBounded = true
        for holder in holders {
            let resources = holder["resources"]
            var bounded = 0
            for name in counted {
                if let amount = positive(resources?["requests"]?[name]) {
                    requests[name] = (requests[name] ?? .zero) + amount
                }
                if let amount = positive(resources?["limits"]?[name]) {
                    limits[name] = (limits[name] ?? .zero) + amount
                    bounded += 1
                }
            }
            if bounded < counted.count { isBounded = false }
        }
        if requests.isEmpty, limits.isEmpty { return "BestEffort" }
        return isBounded && requests == limits ? "Guaranteed" : "Burstable"
    }

    private static func positive(_ value: Value?) -> Quantity? {
        guard let text = value?.stringValue, let amount = Quantity(text), amount > .zero else { return nil }
        return amount
    }
}
