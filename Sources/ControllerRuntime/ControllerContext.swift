package import APIClient
package import Determinism
package import Logging

/// What every controller is given.
package struct ControllerContext: Sendable {
    package let client: APIClient
    package let informers: InformerFactory
    package let recorder: EventRecorder
    package let time: any Timekeeper
    package let random: any RandomSource
    package let logger: Logger

    package init(
        client: APIClient, informers: InformerFactory, recorder: EventRecorder, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.client = client
        self.informers = informers
        self.recorder = recorder
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// A context with informers and events of its own, for one component.
    package init(
        component: String, client: APIClient, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) {
        self.init(
            client: client, informers: InformerFactory(client: client, time: time, random: random, logger: logger),
            recorder: EventRecorder(client: client, component: component, time: time, random: random, logger: logger),
            time: time, random: random, logger: logger)
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
