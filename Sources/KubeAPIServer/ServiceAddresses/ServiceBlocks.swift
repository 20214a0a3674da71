package import APIMachinery
internal import APIRules

/// The blocks of the ServiceCIDR objects, and which of them may give out addresses.
package struct ServiceBlocks {
    private struct Entry {
        var blocks: [CIDR]
        var isReady: Bool
    }

    private var entries: [String: Entry] = [:]
    /// Those to give addresses out of, each once: the cluster's own first, then by the objects' names.
    package private(set) var ready: [CIDR] = []

    package init() {}

    /// Takes over a stored ServiceCIDR, or that it is gone.
    package mutating func put(_ object: Value, isGone: Bool) {
        let texts = object[path: "spec", "cidrs"]?.arrayValue ?? []
        let blocks = texts.compactMap(\.stringValue).compactMap { CIDR($0) }
        entries[object.objectName] = isGone ? nil : Entry(blocks: blocks, isReady: Self.isReady(object))
        let names = entries.keys.sorted {
            ($0 == ServiceBlock.defaultName ? 0 : 1, $0) < ($1 == ServiceBlock.defaultName ? 0 : 1, $1)
        }
        ready = []
        for name in names {
            guard let entry = entries[name], entry.isReady else { continue }
            for block in entry.blocks where !ready.contains(block) { ready.append(block) }
        }
    }

    /// Whether any block offers the address, ready or not.
    package func knows(_ address: IPAddress) -> Bool {
        entries.values.contains { $0.blocks.contains { ServiceBlock.offers($0, address) } }
    }

    /// Who has no condition yet is ready: nobody may be there to write one.
    private static func isReady(_ object: Value) -> Bool {
        guard object[path: "metadata", "deletionTimestamp"] == nil else { return false }
        let conditions = object[path: "status", "conditions"]?.arrayValue ?? []
        guard let ready = conditions.first(where: { $0["type"] == "Ready" }) else { return true }
        return ready["status"] == "True"
    }
}
