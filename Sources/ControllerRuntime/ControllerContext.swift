package import APIClient
package import Determinism
package import Logging

/// What every controller is given.
package struct ControllerContext: Sendable {
    /// Acts as the component, or as the one controller that the context was made for.
    package let client: APIClient
    package let informers: InformerFactory
    package let recorder: EventRecorder
    package let time: any Timekeeper
    package let random: any RandomSource
    package let logger: Logger
    private let accounts: @Sendable (String) -> APIClient

    private init(
        client: APIClient, informers: InformerFactory, recorder: EventRecorder, time: any Timekeeper,
        random: any RandomSource, logger: Logger, accounts: @escaping @Sendable (String) -> APIClient
    ) {
        self.client = client
        self.informers = informers
        self.recorder = recorder
        self.time = time
        self.random = random
        self.logger = logger
        self.accounts = accounts
    }

    /// A context with informers and events of its own, for one component.
    ///
    /// - accounts: a client that acts as the service account of that name; default: as the component.
    package init(
        component: String, client: APIClient, time: any Timekeeper, random: any RandomSource, logger: Logger,
        accounts: (@Sendable (String) -> APIClient)? = nil
    ) {
        self.init(
            client: client, informers: InformerFactory(client: client, time: time, random: random, logger: logger),
            recorder: EventRecorder(client: client, component: component, time: time, random: random, logger: logger),
            time: time, random: random, logger: logger, accounts: accounts ?? { _ in client })
    }

    /// The same for one controller: it acts as its own service account, and its events bear its name. What is
    /// watched stays common to all.
    ///
    /// - component: what its events call it; default: as the account.
    package func acting(as account: String, component: String? = nil) -> ControllerContext {
        let client = accounts(account)
        return ControllerContext(
            client: client, informers: informers,
            recorder: recorder.acting(as: client, component: component ?? account), time: time, random: random,
            logger: logger, accounts: accounts)
    }

    /// A queue with the usual back-off.
    package func queue() -> WorkQueue { WorkQueue(time: time, random: random) }

    /// Runs informers, events and controllers together until cancelled; if one fails, all stop.
    package func run(_ controllers: [Controller]) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await informers.run() }
            group.addTask { try await recorder.run() }
            for controller in controllers { group.addTask { try await controller.run() } }
        }
    }
}
