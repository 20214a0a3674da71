/// Sums for pairs of a topology key and a node's value for it.
struct TopologyCounts: Sendable {
    private var sums: [String: [String: Int64]] = [:]

    var isEmpty: Bool { sums.isEmpty }

    mutating func add(_ amount: Int64, key: String, on node: NodeShape) {
        guard let value = node.labels[key] else { return }
        sums[key, default: [:]][value, default: 0] += amount
    }

    func sum(key: String, on node: NodeShape) -> Int64? {
        guard let values = sums[key], let value = node.labels[key] else { return nil }
        return values[value]
    }

    /// The sum over all keys.
    func total(on node: NodeShape) -> Int64 {
        sums.reduce(0) { total, entry in
            guard let value = node.labels[entry.key] else { return total }
            return total + entry.value[value, default: 0]
        }
    }

    /// Whether a count stands above zero for any of the node's topology values.
    func hasAny(on node: NodeShape) -> Bool {
        sums.contains { key, values in node.labels[key].map { values[$0, default: 0] > 0 } ?? false }
    }
}
