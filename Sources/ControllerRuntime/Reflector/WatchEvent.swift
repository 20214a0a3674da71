internal import APIMachinery
package import APITypes

/// One event of a watch, decoded.
package enum WatchEvent<T: APIObject>: Sendable {
    case added(T)
    case modified(T)
    /// The object as the server saw it last; its resourceVersion is the deletion's.
    case deleted(T)
    case bookmark(resourceVersion: String)
    case error(StatusError)
}
