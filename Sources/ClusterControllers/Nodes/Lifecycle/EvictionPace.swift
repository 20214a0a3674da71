package import APITypes
package import Determinism

/// How fast lost nodes may be emptied: one after the other in each zone, and the slower the more of it is lost.
///
/// When many nodes fall silent at once, it is rather the network that fails than the nodes, or this side of it; moving
/// all their pods would not help. Rules and figures are upstream's (`nodelifecycle`): a bucket of one turn for each
/// zone, filled at a rate that goes by the zone's state.
package struct EvictionPace: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Nodes that are emptied each second in a zone that is well.
        package var rate = 0.1
        /// The same in a large zone of which much is lost; small ones are let be.
        package var secondaryRate = 0.01
        /// The share of lost nodes from which on much is lost.
        package var unhealthyThreshold = 0.55
        /// A zone of more nodes than this is large.
        package var largeClusterSize = 50

        package init() {}
    }

    package enum ZoneState: Sendable, Equatable { case normal, partialDisruption, fullDisruption }

    package enum Turn: Sendable, Equatable {
        /// Every zone is lost, so nobody is driven out; whoever was to be may stay.
        case stopped
        /// Much of the zone is lost; nobody else is driven out until that changes.
        case never
        /// Another node of the zone had its turn just now.
        case later(Duration)
        /// The pods of this node may be driven out. The turn is taken.
        case now
    }

    private struct Zone: Hashable {
        let region: String
        let name: String

        init(of node: Node) {
            region = node.metadata.labels["topology.kubernetes.io/region"] ?? ""
            name = node.metadata.labels["topology.kubernetes.io/zone"] ?? ""
        }
    }

    private struct Bucket {
        var rate: Double
        /// When there is a turn to take.
        var fullAt = Duration.zero

        /// What could not be taken under the old rate is not there under the new one either.
        mutating func change(to rate: Double, _ uptime: Duration) {
            guard rate != self.rate else { return }
            let isEmpty = self.rate <= 0 || uptime < fullAt
            self.rate = rate
            if isEmpty { drain(uptime) }
        }

        mutating func drain(_ uptime: Duration) {
            if rate > 0 { fullAt = uptime + .nanoseconds(Int64(1_000_000_000 / rate)) }
        }
    }

    /// Nodes with this label say nothing of their zone.
    private static let exclusion = "node.kubernetes.io/exclude-disruption"
    /// Fewer lost nodes than this are no disruption, unless they are all.
    private static let lostMin = 3

    private let settings: Settings
    private var buckets: [Zone: Bucket] = [:]
    package private(set) var isStopped = false

    package init(_ settings: Settings) { self.settings = settings }

    /// Takes in how the nodes fare.
    package mutating func observe(_ nodes: [Node], uptime: Duration) {
        var counts: [Zone: (ready: Int, lost: Int)] = [:]
        for node in nodes where node.metadata.labels[Self.exclusion] == nil {
            let isReady = NodeLifecyclePlan.ready(node) == "True"
            let count = counts[Zone(of: node), default: (0, 0)]
            counts[Zone(of: node)] = isReady ? (count.ready + 1, count.lost) : (count.ready, count.lost + 1)
        }
        let states = counts.mapValues { Self.state(ready: $0.ready, lost: $0.lost, settings) }
        isStopped = states.values.allSatisfy { $0 == .fullDisruption }
        for (zone, state) in states {
            let size = counts[zone].map { $0.ready + $0.lost } ?? 0
            let rate = isStopped ? 0 : rate(state, size: size)
            buckets[zone, default: Bucket(rate: settings.rate)].change(to: rate, uptime)
        }
        let zones = Set(nodes.map { Zone(of: $0) })
        buckets = buckets.filter { zones.contains($0.key) }
    }

    package static func state(ready: Int, lost: Int, _ settings: Settings) -> ZoneState {
        if ready == 0, lost > 0 { return .fullDisruption }
        let isMuch = lost >= lostMin && Double(lost) / Double(lost + ready) >= settings.unhealthyThreshold
        return isMuch ? .partialDisruption : .normal
    }

    private func rate(_ state: ZoneState, size: Int) -> Double {
        switch state {
        // A zone that is lost as a whole, while others are well, is emptied as ever.
        case .normal, .fullDisruption: settings.rate
        case .partialDisruption: size > settings.largeClusterSize ? settings.secondaryRate : 0
        }
    }

    /// Asks for the turn of a node that is lost.
    package mutating func turn(of node: Node, uptime: Duration) -> Turn {
        guard !isStopped else { return .stopped }
        var bucket = buckets[Zone(of: node), default: Bucket(rate: settings.rate)]
        guard bucket.rate > 0 else { return .never }
        guard bucket.fullAt <= uptime else { return .later(bucket.fullAt - uptime) }
        bucket.drain(uptime)
        buckets[Zone(of: node)] = bucket
        return .now
    }

    /// The turn that a node took and could not use.
    package mutating func giveBack(_ node: Node, uptime: Duration) { buckets[Zone(of: node)]?.fullAt = uptime }
}
