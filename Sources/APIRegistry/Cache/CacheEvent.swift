package import APIMachinery
package import KeyValueStore
internal import Synchronization

/// One change of one object, encoded at most once per encoding however many watch.
package final class CacheEvent: Sendable {
    package enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    package let kind: Kind
    /// The new state; for a deletion the last one, under the revision of the deletion.
    package let object: CachedObject
    package let previous: CachedObject?
    let bornAt: Duration
    /// A handful at most, which is sooner looked through than hashed.
    private let frames = Mutex<[(encoding: String, bytes: [UInt8])]>([])

    init(kind: Kind, object: CachedObject, previous: CachedObject?, bornAt: Duration) {
        self.kind = kind
        self.object = object
        self.previous = previous
        self.bornAt = bornAt
    }

    package var revision: Revision { object.revision }

    /// The bytes of this event in one encoding, made by the first who asks.
    package func frame(
        _ encoding: String, as kind: Kind, make: () throws(StatusError) -> [UInt8]
    ) throws(StatusError) -> [UInt8] {
        // A selector can turn a modification into an addition or a deletion; only the common form is worth keeping.
        guard kind == self.kind else { return try make() }
        if let made = frames.withLock({ $0.first { $0.encoding == encoding }?.bytes }) { return made }
        let made = try make()
        frames.withLock { $0.append((encoding, made)) }
        return made
    }
}
