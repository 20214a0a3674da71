internal import APITypes
internal import Determinism
internal import Synchronization

/// When each node was last heard of, by this process's own clock: nodes' clocks may be wrong.
final class NodeHeartbeats: Sendable {
    private struct Sign {
        var renewTime: Timestamp?
        var heartbeat: Timestamp?
        var heardAt: Duration
    }

    private let signs = Mutex<[String: Sign]>([:])

    /// How long the node has been silent. What changed since the last call is a sign of life of now; a node seen
    /// for the first time has just been heard.
    func silence(of node: Node, lease: Lease?, at uptime: Duration) -> Duration {
        let renewTime = lease?.spec.renewTime
        let heartbeat = node.status.conditions.first { $0.type == "Ready" }?.lastHeartbeatTime
        return signs.withLock { signs in
            guard var sign = signs[node.metadata.name] else {
                signs[node.metadata.name] = Sign(renewTime: renewTime, heartbeat: heartbeat, heardAt: uptime)
                return .zero
            }
            if sign.renewTime != renewTime || sign.heartbeat != heartbeat {
                sign = Sign(renewTime: renewTime, heartbeat: heartbeat, heardAt: uptime)
                signs[node.metadata.name] = sign
            }
            return uptime - sign.heardAt
        }
    }

    func forget(_ node: String) { signs.withLock { $0[node] = nil } }
}
