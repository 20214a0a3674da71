package import APIMachinery
package import Determinism

/// What one request brings to a write beside the object.
package struct WriteContext: Sendable {
    /// Changes or rejects what the client sent; second argument: the object before, if there is one.
    package typealias Mutate = @Sendable (inout Value, Value?) async throws(StatusError) -> Void
    /// Rejects or lets pass what will be written; `nil` as the first argument: a deletion.
    package typealias Review = @Sendable (Value?, Value?) async throws(StatusError) -> Void
    /// Notes in `managedFields` who owns what. Arguments: the object before, the object to be written.
    package typealias Track = @Sendable (Value?, inout Value) async throws(StatusError) -> Void

    /// What the version of the request demands beyond what holds in all. Arguments: the new object in the stored
    /// version, the object before, if there is one.
    package typealias Judge = @Sendable (Value, Value?) -> [FieldError]

    package var time: any Timekeeper
    package var random: any RandomSource
    package var isDryRun: Bool
    package var mutate: Mutate
    package var review: Review
    package var track: Track
    package var judge: Judge

    package init(
        time: any Timekeeper, random: any RandomSource, isDryRun: Bool = false,
        mutate: @escaping Mutate = { _, _ in }, review: @escaping Review = { _, _ in },
        track: @escaping Track = { _, _ in }, judge: @escaping Judge = { _, _ in [] }
    ) {
        self.time = time
        self.random = random
        self.isDryRun = isDryRun
        self.mutate = mutate
        self.review = review
        self.track = track
        self.judge = judge
    }
}

/// What a client wants of a deletion.
package struct DeletionRequest: Sendable {
    package var gracePeriodSeconds: Int64?
    /// `Orphan`, `Background`, `Foreground`, or `nil` for the resource's habit.
    package var propagationPolicy: String?
    package var uid: String?
    package var resourceVersion: String?

    package init(
        gracePeriodSeconds: Int64? = nil, propagationPolicy: String? = nil, uid: String? = nil,
        resourceVersion: String? = nil
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagationPolicy = propagationPolicy
        self.uid = uid
        self.resourceVersion = resourceVersion
    }
}

/// Which part of the object a write is about.
package enum WriteScope: Sendable, Equatable {
    case main
    case status
    /// A subresource that shows the whole object but changes only a part of it; the strategy knows which.
    case subresource(String)
    /// Another subresource, which brings its own preparation and checks with the transformation.
    case other
    /// Puts a pod on a node. Nobody wishes for anything new by that: the generation stays.
    case binding
}
