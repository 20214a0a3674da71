/// Which endpoints of a service port this node may send traffic to, by traffic policy.
///
/// Ready endpoints, or if there are none those that are terminating but still serve; decided for
/// the whole cluster and for this node separately. Hints narrow the cluster's endpoints only when
/// every ready endpoint has one and one of them is for us (upstream's rule).
struct EndpointChoice: Equatable {
    var cluster: [ProxiedEndpoint]
    var local: [ProxiedEndpoint]

    init(_ endpoints: [ProxiedEndpoint], on node: ProxyNode) {
        let ready = endpoints.filter(\.isReady)
        cluster = ready.isEmpty ? endpoints.filter(\.servesWhileTerminating) : Self.hinted(ready, on: node)
        let here = endpoints.filter { $0.nodeName == node.name }
        let readyHere = here.filter(\.isReady)
        local = readyHere.isEmpty ? here.filter(\.servesWhileTerminating) : readyHere
    }

    func endpoints(for policy: ProxiedService.TrafficPolicy) -> [ProxiedEndpoint] {
        switch policy {
        case .cluster: cluster
        case .local: local
        }
    }

    /// Whether the service has any usable endpoint in the cluster, on whichever node.
    var isEmpty: Bool { cluster.isEmpty && local.isEmpty }

    private static func hinted(_ ready: [ProxiedEndpoint], on node: ProxyNode) -> [ProxiedEndpoint] {
        if ready.allSatisfy({ !$0.nodeHints.isEmpty }) {
            let ours = ready.filter { $0.nodeHints.contains(node.name) }
            if !ours.isEmpty { return ours }
        }
        if ready.allSatisfy({ !$0.zoneHints.isEmpty }) {
            let ours = ready.filter { $0.zoneHints.contains(node.zone) }
            if !ours.isEmpty { return ours }
        }
        return ready
    }
}

extension ProxiedEndpoint {
    fileprivate var servesWhileTerminating: Bool { !isReady && isServing && isTerminating }
}
