internal import Determinism
internal import KeyValueStore
internal import Logging
internal import SQLiteStore

/// Opens the store that the options name.
enum StoreOpening {
    /// Heartbeats and events may be lost in a power cut: an idle cluster must not wear a disk.
    static let relaxedPrefixes = ["/registry/coordination.k8s.io/leases/", "/registry/core/events/"]

    static func open(
        _ options: APIServerRole.Options, time: any Timekeeper, logger: Logger
    ) throws -> any RevisionedStore {
        var store = SQLiteStoreOptions()
        store.relaxedPrefixes = relaxedPrefixes
        return try SQLiteStore(directory: options.paths.store, options: store, time: time, logger: logger)
    }
}
