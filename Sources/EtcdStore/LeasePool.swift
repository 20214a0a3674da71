internal import Determinism
internal import EtcdProtocol
internal import KeyValueStore
internal import SwiftProtobuf
internal import Synchronization

/// Leases for keys with a time to live. Keys written within a few seconds with the same long time to
/// live share one, because etcd keeps every lease in memory and in its log.
final class LeasePool: Sendable {
    private struct Shared {
        let id: Int64
        let until: Duration
        var keys: Int
    }

    private let connections: EtcdConnections
    private let time: any Timekeeper
    private let shared = Mutex<[Int64: Shared]>([:])

    init(_ connections: EtcdConnections, time: any Timekeeper) {
        self.connections = connections
        self.time = time
    }

    /// A lease that ends `timeToLive` from now or a few seconds later; 0, which is none, for `nil`.
    func lease(for timeToLive: Duration?, _ key: String) async throws(StoreError) -> Int64 {
        guard let timeToLive else { return 0 }
        let (whole, part) = timeToLive.components
        let seconds = max(1, whole + (part > 0 ? 1 : 0))
        let isShared = seconds >= Limits.sharedTimeToLiveMin
        if isShared, let id = take(seconds) { return id }
        let longer = isShared ? seconds + Limits.leaseSharing.components.seconds : seconds
        let granted = try await connections.write(key) { client, options in
            try await client.lease.leaseGrant(.with { $0.ttl = longer }, options: options)
        }
        if isShared {
            let until = time.uptime + Limits.leaseSharing
            shared.withLock { $0[seconds] = Shared(id: granted.id, until: until, keys: 1) }
        }
        return granted.id
    }

    private func take(_ seconds: Int64) -> Int64? {
        shared.withLock { shared in
            guard var lease = shared[seconds], lease.until > time.uptime, lease.keys < Limits.keysPerLease else {
                return nil
            }
            lease.keys += 1
            shared[seconds] = lease
            return lease.id
        }
    }
}
