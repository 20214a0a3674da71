internal import APIMachinery
package import Determinism

/// How often the pods of one DaemonSet have failed, node by node, so that a node that rejects them is not flooded.
package struct DaemonFailures: Sendable, Equatable {
    /// The pause after the first replacement; it doubles with each further one.
    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(900))
    /// A node without failures for so long begins anew.
    private static let memory = Duration.seconds(1800)

    private struct Entry: Sendable, Equatable {
        var count: Int
        var last: Timestamp
    }

    private var byNode: [String: Entry] = [:]

    package init() {}

    /// How long a failed pod on the node is left as it is.
    package func pause(_ node: String, now: Timestamp) -> Duration {
        guard let entry = byNode[node] else { return .zero }
        let delay = Self.backoff.delay(attempt: entry.count - 1, random: SeededRandomSource(seed: 0))
        return max(.zero, entry.last + delay - now)
    }

    /// A failed pod of the node is replaced.
    package mutating func record(_ node: String, now: Timestamp) {
        byNode = byNode.filter { $0.value.last + Self.memory > now }
        byNode[node] = Entry(count: (byNode[node]?.count ?? 0) + 1, last: now)
    }
}
