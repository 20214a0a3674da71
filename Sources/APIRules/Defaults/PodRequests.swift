package import APIMachinery

/// What a pod asks of a node (upstream's `component-helpers/resource`).
package enum PodRequests {
    package typealias Amounts = [String: Quantity]

    /// Requests, or limits, of the whole pod with its overhead: what the scheduler and quotas count.
    package static func total(_ spec: Fields, of field: String = "requests") -> Amounts {
        var total = ofContainers(spec, field)
        for entry in spec["resources"]?[field]?.objectValue ?? Fields() {
            if let amount = amount(entry.value) { total[entry.name] = amount }
        }
        for entry in spec["overhead"]?.objectValue ?? Fields() {
            // A limit grows only where there is one: none means no bound.
            guard let amount = amount(entry.value), field == "requests" || total[entry.name] != nil else { continue }
            total[entry.name] = (total[entry.name] ?? .zero) + amount
        }
        return total
    }

    /// Containers run together; init containers one after the other, each beside the sidecars started before it.
    package static func ofContainers(_ spec: Fields, _ field: String = "requests") -> Amounts {
        var sum = Amounts()
        for container in spec["containers"]?.arrayValue ?? [] { add(container, field, to: &sum) }
        var sidecars = Amounts()
        var startup = Amounts()
        for container in spec["initContainers"]?.arrayValue ?? [] {
            if container["restartPolicy"] == "Always" {
                add(container, field, to: &sum)
                add(container, field, to: &sidecars)
                raise(&startup, to: sidecars)
            } else {
                var together = sidecars
                add(container, field, to: &together)
                raise(&startup, to: together)
            }
        }
        raise(&sum, to: startup)
        return sum
    }

    private static func add(_ container: Value, _ field: String, to sum: inout Amounts) {
        for entry in container["resources"]?[field]?.objectValue ?? Fields() {
            if let amount = amount(entry.value) { sum[entry.name] = (sum[entry.name] ?? .zero) + amount }
        }
    }

    private static func raise(_ sum: inout Amounts, to floor: Amounts) {
        for (name, amount) in floor where amount > sum[name] ?? .zero || sum[name] == nil { sum[name] = amount }
    }

    private static func amount(_ value: Value) -> Quantity? { value.stringValue.flatMap { Quantity($0) } }
}
