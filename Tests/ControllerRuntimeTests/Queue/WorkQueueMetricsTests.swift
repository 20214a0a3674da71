import ControllerRuntime
import Determinism
import Logging
import Metrics
import TestKit
import Testing

/// What is told of queues.
@Suite("Work queue metrics")
struct WorkQueueMetricsTests {
    private struct Nothing: Reconciler {
        func reconcile(_ key: ObjectKey) async throws -> ReconcileResult { .done }
    }

    @Test("a queue tells what it was given, what waits, and how long that took")
    func tells() async throws {
        let time = ManualTimekeeper()
        let queue = WorkQueue(time: time, random: SeededRandomSource(seed: 1))
        let controller = Controller(
            name: "a-queue-of-a-test", reconciler: Nothing(), queue: queue, logger: Logger(label: "test"))
        let registry = MetricsRegistry()
        WorkQueueMetrics.register(in: registry)
        for name in ["a", "b", "a"] { controller.queue.add(ObjectKey(namespace: "", name: name)) }
        time.advance(by: .seconds(3))
        let first = try #require(await queue.next())
        time.advance(by: .seconds(2))

        let labels = ["name": "a-queue-of-a-test"]
        let page = try MetricsReader.read(registry.page.text)
        #expect(page["workqueue_adds_total"]?.sum(labels) == 2)
        #expect(page["workqueue_depth"]?.sum(labels) == 1)
        #expect(page["workqueue_unfinished_work_seconds"]?.sum(labels) == 2)
        #expect(page["workqueue_queue_duration_seconds"]?.sum(labels, suffix: "_sum") == 3)
        #expect(page["workqueue_work_duration_seconds"]?.sum(labels, suffix: "_count") == 0)

        queue.addAfterFailure(first)
        queue.done(first)
        let later = try MetricsReader.read(registry.page.text)
        #expect(later["workqueue_retries_total"]?.sum(labels) == 1)
        #expect(later["workqueue_work_duration_seconds"]?.sum(labels, suffix: "_sum") == 2)
        #expect(later["workqueue_longest_running_processor_seconds"]?.sum(labels) == 0)
        withExtendedLifetime(controller) {}
    }
}
