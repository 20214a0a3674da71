package import APIMachinery

/// Between the version that a store speaks and those in which its objects lie, where only somebody else knows the way.
/// The whole of a write then goes on in the store's own version; an object is converted when it comes and when it goes.
package protocol StorageConversion: Sendable {
    /// The object in the store's version.
    func read(_ object: CachedObject) async throws(StatusError) -> Value

    /// The object as it is to lie in the store.
    func stored(_ object: Value) async throws(StatusError) -> Value

    /// Whether the object lies there in the version that it would be written in now.
    func isCurrent(_ object: CachedObject) throws(StatusError) -> Bool
}
