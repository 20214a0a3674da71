import APIMachinery
import APITypes
import ContainerRuntime
import Kubelet
import Testing

@Suite("When the node is full")
struct EvictionPlanTests {
    @Test("who uses more than asked for goes first, then the less important; the critical stay")
    func ranking() {
        func pod(_ name: String, request: Int64, priority: Int32 = 0) -> Pod {
            .sample(name, containers: [.sample { $0.resources.requests["memory"] = .units(request) }]) {
                $0.spec.priority = priority
            }
        }
        let pods = [
            (pod: pod("modest", request: 100), usedBytes: Int64(50)), (pod("greedy", request: 10), 60),
            (pod("important", request: 10, priority: 5), 500),
            (pod("critical", request: 0, priority: 2_000_000_000), 900),
        ]
        #expect(
            EvictionPlan.ranking(pods, for: .memory).map(\.metadata.name) == ["greedy", "important", "modest"])
    }

    @Test("a pod that keeps more than it may has to go, and is told why", arguments: [
        ([:], ["main": 100], nil),
        (["cache": 2000], [:], "Usage of EmptyDir volume \"cache\" exceeds the limit \"1k\". "),
        (
            ["cache": 900], ["main": 1200],
            "Pod ephemeral local storage usage exceeds the total limit of containers 2k. "
        ),
        ([:], ["main": 1200], "Container main exceeded its local ephemeral storage limit \"1k\". "),
    ] as [([String: Int64], [String: Int64], String?)])
    func localStorage(volumes: [String: Int64], containers: [String: Int64], why: String?) {
        func container(_ name: String) -> Container {
            .sample(name) { $0.resources.limits["ephemeral-storage"] = Quantity("1k") }
        }
        var volume = Volume()
        volume.name = "cache"
        volume.emptyDir = EmptyDirVolumeSource()
        volume.emptyDir?.sizeLimit = Quantity("1k")
        let pod = Pod.sample(containers: [container("main"), container("other")]) { $0.spec.volumes = [volume] }
        #expect(LocalStoragePlan.excess(pod, .init(volumes: volumes, containers: containers)) == why)
        #expect(LocalStoragePlan.isLimited(pod) && !LocalStoragePlan.isLimited(.sample()))
    }

    @Test("images go by how long nobody used them, only as many as needed, never those in use or new")
    func images() {
        let images = ["old", "older", "used", "new"].map { RuntimeImage(id: $0, tags: [], sizeBytes: 60) }
        let lastUsed: [String: Duration] = [
            "old": .seconds(50), "older": .seconds(10), "used": .zero, "new": .seconds(990),
        ]
        func surplus(_ percent: Int, _ capacity: UInt64) -> [String] {
            ImageCollectionPlan.surplus(
                images, inUse: ["used"], lastUsed: lastUsed, now: .seconds(1000), usedPercent: percent,
                capacityBytes: capacity, highPercent: 85, lowPercent: 80)
        }
        #expect(surplus(84, 1000).isEmpty)
        #expect(surplus(86, 1000) == ["older"])
        #expect(surplus(90, 10_000) == ["older", "old"])
    }
}
