internal import Determinism
package import Logging
internal import APIMachinery

/// A reconciler with its queue and its workers.
package struct Controller: Sendable {
    package let name: String
    package let queue: WorkQueue
    private let reconciler: any Reconciler
    private let workers: Int
    private let logger: Logger
    private let companion: (@Sendable () async throws -> Void)?

    /// - companion: what else runs as long as the controller, such as watches of its own.
    package init(
        name: String, reconciler: any Reconciler, queue: WorkQueue, workers: Int = 2, logger: Logger,
        companion: (@Sendable () async throws -> Void)? = nil
    ) {
        self.name = name
        self.queue = queue
        self.reconciler = reconciler
        self.workers = workers
        self.companion = companion
        WorkQueueMetrics.know(queue, as: name)
        var logger = logger
        logger[metadataKey: "controller"] = "\(name)"
        self.logger = logger
    }

    /// Works until cancelled.
    package func run() async throws {
        try await withTaskCancellationHandler {
            try await withThrowingDiscardingTaskGroup { group in
                if let companion { group.addTask { try await companion() } }
                group.addTask { await queue.runDelays() }
                for _ in 0..<workers { group.addTask { await work() } }
            }
        } onCancel: {
            queue.shutDown()
        }
    }

    private func work() async {
        while let key = await queue.next() { await process(key) }
    }

    private func process(_ key: ObjectKey) async {
        defer { queue.done(key) }
        do {
            let result = try await reconciler.reconcile(key)
            queue.forgetFailures(of: key)
            if case .requeue(let delay) = result { queue.add(key, after: delay) }
        } catch let error as TerminalError {
            queue.forgetFailures(of: key)
            logger.warning("gave up", metadata: ["key": "\(key)", "error": "\(error)"])
        } catch is CancellationError {
            return
        } catch let error as StatusError where error.reason == .conflict || error.reason == .alreadyExists {
            // The cache was behind: normal life, no news.
            logger.debug("will try again", metadata: ["key": "\(key)", "error": "\(error)"])
            queue.addAfterFailure(key)
        } catch {
            logger.warning("will try again", metadata: ["key": "\(key)", "error": "\(error)"])
            queue.addAfterFailure(key)
        }
    }
}
