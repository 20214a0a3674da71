package import APIMachinery

/// Which range of pod addresses a node gets: the first of the cluster's that nobody has.
package enum NodeCIDRPlan {
    /// `nil` when the cluster's range is used up.
    ///
    /// - taken: ranges that nodes have, whatever their size.
    package static func next(in cluster: CIDR, nodeMaskSize: Int, taken: [CIDR]) -> CIDR? {
        guard nodeMaskSize >= cluster.prefixLength, nodeMaskSize <= cluster.address.bitCount else { return nil }
        let size = UInt128(1) << UInt128(cluster.address.bitCount - nodeMaskSize)
        let start = cluster.masked.address
        let end = start.number + (UInt128(1) << UInt128(cluster.address.bitCount - cluster.prefixLength))
        // Each taken range as the half-open interval of its addresses, in order.
        let intervals = taken.filter { $0.address.family == start.family }.map { range in
            let first = range.masked.address.number
            return (first, first + (UInt128(1) << UInt128(range.address.bitCount - range.prefixLength)))
        }.sorted { $0.0 < $1.0 }
        var candidate = start.number
        for (first, last) in intervals where last > candidate {
            if first >= candidate + size { break }
            // Past the taken range, and back on the grid of ranges.
            candidate = start.number + (last - start.number + size - 1) / size * size
        }
        guard candidate + size <= end else { return nil }
        return CIDR(address: start.advanced(by: candidate - start.number), prefixLength: nodeMaskSize)
    }
}
