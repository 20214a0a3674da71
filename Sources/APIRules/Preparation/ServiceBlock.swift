package import APIMachinery

/// What those who give addresses to Services and those who keep the blocks both have to know.
package enum ServiceBlock {
    /// The API server's own block, made of its flag.
    package static let defaultName = "kubernetes"
    package static let finalizer = "networking.k8s.io/service-cidr-finalizer"
    package static let managerLabel = "ipaddress.kubernetes.io/managed-by"
    package static let familyLabel = "ipaddress.kubernetes.io/ip-family"
    package static let manager = "ipallocator.k8s.io"

    /// Whether a Service may get the address out of the block: not its first, in IPv4 not its last either.
    package static func offers(_ block: CIDR, _ address: IPAddress) -> Bool {
        let first = block.masked.address
        guard block.contains(address), address != first else { return false }
        let host = block.address.bitCount - block.prefixLength
        return address.family == .ipv6 || address.number - first.number < (UInt128(1) << UInt128(host)) - 1
    }
}
