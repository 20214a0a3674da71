internal import Determinism
internal import EtcdStore
internal import KeyValueStore
internal import Logging
internal import SQLiteStore

/// Opens the store that the options name.
enum StoreOpening {
    /// Heartbeats and events may be lost in a power cut: an idle cluster must not wear a disk.
    static let relaxedPrefixes = ["/registry/coordination.k8s.io/leases/", "/registry/core/events/"]

    static func open(
        _ options: APIServerRole.Options, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) throws -> any RevisionedStore {
        if let etcd = options.etcd {
            var store = EtcdStoreOptions(endpoints: etcd.endpoints)
            store.authorityFile = etcd.authorityFile
            store.certificateFile = etcd.certificateFile
            store.keyFile = etcd.keyFile
            return try EtcdStore(store, time: time, random: random, logger: logger)
        }
        var store = SQLiteStoreOptions()
        store.relaxedPrefixes = relaxedPrefixes
        return try SQLiteStore(directory: options.paths.store, options: store, time: time, logger: logger)
    }
}
