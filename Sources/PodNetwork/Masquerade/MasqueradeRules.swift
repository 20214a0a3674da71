package import APIMachinery

/// The rules by which pods reach the world beyond the cluster under their node's address.
package struct MasqueradeRules: Sendable, Equatable {
    /// The pods of this node.
    package var podCIDR: CIDR
    /// Where pods are known under their own address.
    package var clusterCIDRs: [CIDR]

    package init(podCIDR: CIDR, clusterCIDRs: [CIDR]) {
        self.podCIDR = podCIDR
        self.clusterCIDRs = clusterCIDRs
    }

    /// The transaction for `nft -f`; replaces what an earlier one set.
    package func transaction(tableName: String = "apus-pods") -> String {
        let inside = ([podCIDR] + clusterCIDRs).map(\.masked.description)
        let distinct = inside.enumerated().filter { !inside[..<$0.offset].contains($0.element) }.map(\.element)
        let kept = (distinct + ["224.0.0.0/4"]).map { "ip daddr != \($0)" }.joined(separator: " ")
        return """
            add table ip \(tableName)
            delete table ip \(tableName)
            add table ip \(tableName)
            add chain ip \(tableName) postrouting { type nat hook postrouting priority 100; }
            add rule ip \(tableName) postrouting ip saddr \(podCIDR.masked) \(kept) masquerade fully-random

            """
    }
}
