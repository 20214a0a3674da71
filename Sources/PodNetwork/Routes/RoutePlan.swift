package import APIMachinery

/// One way to the pods of another node.
package struct PodRoute: Hashable, Sendable {
    package var destination: CIDR
    package var gateway: IPAddress

    package init(to destination: CIDR, via gateway: IPAddress) {
        self.destination = destination
        self.gateway = gateway
    }
}

/// Which routes to other nodes' pods must be set and removed.
///
/// Nodes are neighbours on one link, so each is the gateway to its own pods and no tunnel is needed.
package struct RoutePlan: Equatable, Sendable {
    /// Why a node's pods get no route.
    package struct Omission: Hashable, Sendable {
        package enum Reason: String, Sendable {
            case noAddress = "the node has no internal IPv4 address"
            case notMasked = "the pod network has bits beyond its prefix"
            case overlaps = "the pod network overlaps with that of another node"
        }

        package var nodeName: String
        package var destination: CIDR
        package var reason: Reason
    }

    /// To be set, whether there is none yet or one by another gateway.
    package private(set) var replaced: [PodRoute] = []
    package private(set) var removed: [PodRoute] = []
    package private(set) var omitted: [Omission] = []

    /// Decides for the node `own`, given the routes that we set earlier.
    package init(nodes: [RoutedNode], own: String, present: [PodRoute]) {
        var wanted: [PodRoute] = []
        // The own node comes first: whoever claims its pod network gets no route.
        var taken = nodes.filter { $0.name == own }.flatMap(\.podCIDRs)
        for node in nodes.sorted(by: { $0.name < $1.name }) where node.name != own {
            for destination in node.podCIDRs {
                guard let gateway = node.internalIPs.first else {
                    omit(node, destination, .noAddress)
                    continue
                }
                guard destination.isMasked else {
                    omit(node, destination, .notMasked)
                    continue
                }
                guard !taken.contains(where: { $0.overlaps(destination) }) else {
                    omit(node, destination, .overlaps)
                    continue
                }
                taken.append(destination)
                wanted.append(PodRoute(to: destination, via: gateway))
            }
        }
        let known = Set(present)
        let destinations = Set(wanted.map(\.destination))
        replaced = wanted.filter { !known.contains($0) }
        removed = present.filter { !destinations.contains($0.destination) }
    }

    private mutating func omit(_ node: RoutedNode, _ destination: CIDR, _ reason: Omission.Reason) {
        omitted.append(Omission(nodeName: node.name, destination: destination, reason: reason))
    }
}

extension CIDR {
    /// Whether the two blocks share an address.
    func overlaps(_ other: CIDR) -> Bool { contains(other.address) || other.contains(address) }
}
