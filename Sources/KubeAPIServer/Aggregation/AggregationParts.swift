internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import Logging

/// What the care for APIServices needs.
struct AggregationParts: Sendable {
    let objects: ObjectLookup
    let proxy: AggregationProxy
    let documents: RemoteDocuments
    /// The group versions that this server serves itself and always.
    let builtin: [GroupVersion]
    let clientAuthority: String
    let requestHeader: RequestHeaderOptions?
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    var context: WriteContext { WriteContext(time: time, random: random) }
}
