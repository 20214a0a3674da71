internal import APIMachinery
package import APIRegistry
internal import APIResources
internal import ClusterPKI
package import Determinism
package import KeyValueStore
package import Logging

/// An API server: its state, its rules, and the pipeline that every request passes.
package final class APIServer: Sendable {
    package let catalog: ResourceCatalog
    package let state: ClusterState
    package let pipeline: RequestPipeline
    package let metrics = ServerMetrics()
    private let parts: ServerParts
    private let logger: Logger

    package init(
        configuration: APIServerConfiguration, store: any RevisionedStore, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) throws {
        let metered = MeteredStore(store: store, metrics: metrics.store, time: time)
        let state = ClusterState(store: metered, time: time, logger: logger)
        let catalog = ResourceCatalog(requests: metrics.requests)
        BuiltinCatalog.fill(catalog, state: state, enablement: configuration.enablement) {
            configuration.transformer(for: $0, random: random)
        }
        self.state = state
        self.catalog = catalog
        self.logger = logger
        parts = try ServerParts(
            configuration: configuration, catalog: catalog, state: state, metrics: metrics, time: time, random: random,
            logger: logger)
        metrics.follow(catalog, state)
        metrics.follow(parts.aggregation.index)
        metrics.tellBuild(parts.version)
        pipeline = parts.pipeline()
    }

    /// Fills the caches, brings the cluster's own objects into being, and is ready to answer.
    package func start() async throws {
        try await parts.configuration.encryption?.start(logger: logger)
        try await state.start()
        try parts.follow()
        try await parts.bootstrap()
        try await parts.customResources.start()
        try parts.apiServiceController.start()
        parts.isReady.store(true)
    }

    /// Keeps the server going, until cancelled.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.state.run() }
            group.addTask { await self.parts.keepService() }
            group.addTask { await self.parts.addresses.run() }
            group.addTask { await self.parts.customResources.run() }
            group.addTask { await self.parts.apiServiceController.run() }
            group.addTask { await self.parts.flowStatus.run() }
            group.addTask { await self.parts.followFiles() }
            if let audit = self.parts.audit { group.addTask { await audit.run() } }
            if let tracer = self.parts.tracer { group.addTask { await tracer.run() } }
            for issuer in self.parts.issuers { group.addTask { await issuer.run() } }
            if let encryption = self.parts.configuration.encryption {
                group.addTask { await encryption.run(time: self.parts.time, logger: self.logger) }
            }
            try await group.waitForAll()
        }
    }

    /// Says to those who ask that it is about to end, so that they go elsewhere; it still answers.
    package func leave() { parts.isLeaving.store(true) }

    /// Sends away who comes from now on; what is under way is answered.
    package func refuse(_ manner: Farewell.Manner) { parts.farewell.begin(manner) }

    /// Requests that are being answered, watches and streams apart.
    package var requestsUnderWay: Int { metrics.lettingIn.underWay + parts.farewell.underWay }

    /// Ends all watches; reads go on.
    package func drain() {
        parts.isReady.store(false)
        for resource in catalog.all { resource.store.cache.close() }
    }
}
