internal import Determinism
internal import EtcdStore
internal import KeyValueStore
internal import Logging
internal import SQLiteStore

/// A store, and what has to run as long as it is open.
struct OpenedStore: Sendable {
    let store: any RevisionedStore
    /// Runs until cancelled, or returns at once when the store looks after itself.
    let maintain: @Sendable () async throws -> Void
}

/// Opens the store that the options name.
enum StoreOpening {
    /// Heartbeats and events may be lost in a power cut: an idle cluster must not wear a disk.
    static let relaxedPrefixes = ["/registry/coordination.k8s.io/leases/", "/registry/core/events/"]

    static func open(
        _ options: APIServerRole.Options, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) throws -> OpenedStore {
        let interval = options.compactionInterval
        if let etcd = options.etcd {
            var settings = EtcdStoreOptions(endpoints: etcd.endpoints)
            settings.authorityFile = etcd.authorityFile
            settings.certificateFile = etcd.certificateFile
            settings.keyFile = etcd.keyFile
            let store = try EtcdStore(settings, time: time, random: random, logger: logger)
            let compactor = EtcdCompactor(store, interval: interval, time: time, logger: logger)
            return OpenedStore(store: store) { if interval > .zero { try await compactor.run() } }
        }
        var settings = SQLiteStoreOptions()
        settings.relaxedPrefixes = relaxedPrefixes
        settings.history = interval > .zero ? .init(duration: interval * 2) : .endless
        let store = try SQLiteStore(directory: options.paths.store, options: settings, time: time, logger: logger)
        return OpenedStore(store: store) {}
    }
}
