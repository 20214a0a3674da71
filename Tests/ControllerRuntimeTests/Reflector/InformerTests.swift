import APITypes
import ControllerRuntime
import Determinism
import TestKit
import Testing

@Suite("Informer", .timeLimit(.minutes(1)))
struct InformerTests {
    private func pod(_ name: String, at version: String) -> Pod {
        var pod = Pod.sample(name)
        pod.metadata.resourceVersion = version
        return pod
    }

    @Test("who wrote at a version waits until the cache has it, even if the object itself has gone again")
    func catchUp() async {
        let informer = Informer<Pod>()
        informer.replaceAll(with: [], at: "5")
        await informer.catchUp(to: "5")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await informer.catchUp(to: "7") }
            informer.store(pod("a", at: "6"))
            informer.remove(pod("a", at: "7"))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await informer.catchUp(to: "9") }
            informer.advance(to: "9")
        }
    }

    @Test("who deleted waits until the object is gone, marked, or another")
    func catchUpWithDeletion() async {
        let informer = Informer<Pod>()
        let pod = pod("a", at: "1")
        informer.replaceAll(with: [pod], at: "1")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await informer.catchUp(deletionOf: "default/a", uid: "uid-a") }
            var marked = pod
            marked.metadata.deletionTimestamp = .testEpoch
            marked.metadata.resourceVersion = "2"
            informer.store(marked)
        }
        await informer.catchUp(deletionOf: "default/a", uid: "another")
        await informer.catchUp(deletionOf: "default/b", uid: "uid-b")
    }

    @Test("a cancelled task does not wait")
    func cancellation() async {
        let informer = Informer<Pod>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await informer.catchUp(to: "100") }
            group.cancelAll()
        }
    }
}
