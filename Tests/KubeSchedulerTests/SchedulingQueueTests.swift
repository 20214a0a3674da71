import APITypes
import ControllerRuntime
import Determinism
import KubeScheduler
import Testing

@Suite("SchedulingQueue")
struct SchedulingQueueTests {
    private func pod(_ name: String, priority: Int32 = 0, _ change: (inout Pod) -> Void = { _ in }) -> PendingPod {
        let pod = Pod.named(name, priority: priority, change)
        return PendingPod(
            pod, group: LabelGroup(namespace: "default", labels: pod.metadata.labels, isTerminating: false))
    }

    private func next(_ queue: inout SchedulingQueue, at seconds: Int = 0) -> String? {
        queue.next(now: .seconds(seconds))?.pod.info.key.name
    }

    @Test("The most important first, then the oldest")
    func order() {
        var queue = SchedulingQueue()
        for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5)] {
            queue.set(pod(name, priority: Int32(priority)))
        }
        #expect([next(&queue), next(&queue), next(&queue), next(&queue), next(&queue)] == ["b", "d", "a", "c", nil])
    }

    @Test("A rejected pod waits for an event that may help it")
    func events() {
        var queue = SchedulingQueue()
        queue.set(pod("a"))
        _ = next(&queue)
        queue.reject("uid-a", events: .nodeTaints, now: .zero)
        queue.happened(.podRemoved)
        #expect(next(&queue, at: 1) == nil)
        queue.happened(.nodeTaints)
        #expect(next(&queue, at: 1) == "a")
    }

    @Test("An event during the cycle is not lost")
    func eventInCycle() {
        var queue = SchedulingQueue()
        queue.set(pod("a"))
        _ = next(&queue)
        queue.happened(.nodeAdded)
        queue.reject("uid-a", events: .anyNode, now: .zero)
        #expect(next(&queue, at: 1) == "a")
    }

    @Test("After five minutes a rejected pod is tried again whatever happened")
    func patience() {
        var queue = SchedulingQueue()
        queue.set(pod("a"))
        _ = next(&queue)
        queue.reject("uid-a", events: .storage, now: .zero)
        #expect(queue.nextDeadline == .seconds(300))
        #expect(next(&queue, at: 299) == nil)
        #expect(next(&queue, at: 300) == "a")
    }

    @Test("After a fault the pause is kept, and doubles up to ten seconds")
    func backoff() {
        var queue = SchedulingQueue()
        queue.set(pod("a"))
        var now = 0
        for pause in [1, 2, 4, 8, 10, 10] {
            #expect(next(&queue, at: now) == "a")
            queue.fail("uid-a", now: .seconds(now))
            #expect(next(&queue, at: now + pause - 1) == nil)
            now += pause
        }
    }

    @Test("A deleted pod does not come back from its cycle")
    func deletion() {
        var queue = SchedulingQueue()
        queue.set(pod("a"))
        _ = next(&queue)
        queue.remove(uid: "uid-a")
        queue.fail("uid-a", now: .zero)
        #expect(next(&queue, at: 100) == nil)
        #expect(queue.count == 0)
    }

    @Test("A gated pod waits until its gates are gone")
    func gates() {
        var queue = SchedulingQueue()
        queue.set(pod("a") { $0.spec.schedulingGates = [PodSchedulingGate()] })
        #expect(next(&queue) == nil)
        queue.set(pod("a"))
        #expect(next(&queue) == "a")
    }
}
