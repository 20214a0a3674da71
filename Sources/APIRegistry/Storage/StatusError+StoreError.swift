package import APIMachinery
package import KeyValueStore

extension StatusError {
    /// Says to the client what the store said to us: the only translation in the code base.
    package init(_ error: StoreError, while verb: String, _ resource: GroupResource, _ name: String) {
        self =
            switch error.code {
            case .keyNotFound: .notFound(resource, name)
            case .keyExists: .alreadyExists(resource, name)
            case .revisionConflict: .modified(resource, name)
            case .compacted:
                .expired("The resourceVersion for the provided \(verb) is too old.")
            case .futureRevision: .serverTimeout(resource, verb, retryAfter: 1)
            case .unavailable: .serverTimeout(resource, verb, retryAfter: 2)
            case .corrupt: .internalError("stored object does not read back: \(error.detail)")
            }
    }
}
