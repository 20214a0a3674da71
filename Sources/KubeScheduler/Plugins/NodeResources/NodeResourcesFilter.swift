internal import APIMachinery

/// What the pod asks for must be left on the node.
package struct NodeResourcesFilter: NodeFilter {
    package static let plugin = PluginName.nodeResourcesFit
    package static let events: ClusterEvents = [.nodeAdded, .nodeAllocatable, .podRemoved, .podChanged]

    let requested: Resources
    private let extended: [(name: String, amount: Int64)]
    private let asksNothing: Bool

    package init(requested: Resources) {
        self.requested = requested
        extended = requested.extended.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { (name: $0.key, amount: $0.value) }
        asksNothing =
            requested.cpuMillis == 0 && requested.memory == 0 && requested.ephemeralStorage == 0 && extended.isEmpty
    }

    package static func prepare(_ pod: PendingPod, _ snapshot: ClusterSnapshot) -> Self? {
        Self(requested: pod.info.requested)
    }

    package func verdict(on node: NodeInfo) -> Verdict? {
        if fits(node) { return nil }
        let shortages = shortages(on: node)
        return Verdict(Self.plugin, shortages.map(\.reason), isFinal: shortages.contains(where: \.isFinal))
    }

    /// The common answer without a list.
    private func fits(_ node: NodeInfo) -> Bool {
        guard node.pods.count < node.shape.podsMax else { return false }
        if asksNothing { return true }
        let all = node.shape.allocatable
        return lacks(requested.cpuMillis, node.requested.cpuMillis, all.cpuMillis) == false
            && lacks(requested.memory, node.requested.memory, all.memory) == false
            && lacks(requested.ephemeralStorage, node.requested.ephemeralStorage, all.ephemeralStorage) == false
            && (extended.isEmpty
                || extended.allSatisfy {
                    $0.amount <= all.extended[$0.name, default: 0] - node.requested.extended[$0.name, default: 0]
                })
    }

    private func lacks(_ wanted: Int64, _ taken: Int64, _ all: Int64) -> Bool { wanted > 0 && wanted > all - taken }

    private struct Shortage {
        let resource: String
        let wanted: Int64
        let taken: Int64
        let all: Int64

        var reason: String { resource == "pods" ? "Too many pods" : "Insufficient \(resource)" }
        /// More than the whole node has.
        var isFinal: Bool { resource != "pods" && wanted > all }
    }

    private func shortages(on node: NodeInfo) -> [Shortage] {
        var result: [Shortage] = []
        func check(_ resource: String, _ wanted: Int64, _ taken: Int64, _ all: Int64) {
            if lacks(wanted, taken, all) {
                result.append(Shortage(resource: resource, wanted: wanted, taken: taken, all: all))
            }
        }
        let all = node.shape.allocatable
        check("pods", 1, Int64(node.pods.count), Int64(node.shape.podsMax))
        check("cpu", requested.cpuMillis, node.requested.cpuMillis, all.cpuMillis)
        check("memory", requested.memory, node.requested.memory, all.memory)
        check(
            "ephemeral-storage", requested.ephemeralStorage, node.requested.ephemeralStorage, all.ephemeralStorage)
        for (name, amount) in extended {
            check(name, amount, node.requested.extended[name, default: 0], all.extended[name, default: 0])
        }
        return result
    }

    package func details(on node: NodeInfo) -> [String] {
        shortages(on: node).map { shortage in
            if shortage.resource == "pods" { return "Too many pods (\(shortage.taken) of \(shortage.all))" }
            let wanted = Self.text(shortage.resource, shortage.wanted)
            let free = Self.text(shortage.resource, max(0, shortage.all - shortage.taken))
            return "\(shortage.reason) (requested \(wanted), free \(free))"
        }
    }

    private static func text(_ resource: String, _ amount: Int64) -> String {
        switch resource {
        case "cpu": Quantity.milli(amount).text
        case "memory", "ephemeral-storage": Quantity.units(amount, format: .binarySI).text
        case _: Quantity.units(amount).text
        }
    }
}
