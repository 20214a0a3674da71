/// Every bound of this store, in one place.
enum Limits {
    /// How long one call may take before its outcome counts as unknown.
    static let callTimeout = Duration.seconds(10)
    /// How long to look for a server that answers before a write is refused.
    static let probeTimeout = Duration.seconds(5)
    /// How often all servers are tried for a read.
    static let roundsMax = 3
    /// Entries fetched by one call; longer lists take several, all at the first one's revision.
    static let entriesPerCall = 1_000
    /// The longest message taken from a server; etcd itself knows no bound for an answer.
    static let messageBytesMax = Int(Int32.max)
    /// How long a lease is shared with later writes of the same time to live, and by how many keys.
    static let leaseSharing = Duration.seconds(5)
    static let keysPerLease = 1_000
    /// Times to live shorter than this get a lease each.
    static let sharedTimeToLiveMin: Int64 = 60
}
