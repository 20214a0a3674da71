import APIMachinery
import APITypes
import Determinism
import KubeScheduler
import Testing

@Suite("Choice of nodes")
struct ChoiceTests {
    @Test("The emptier node is better")
    func leastAllocated() {
        var cluster = Cluster([.named("a"), .named("b")], [.named("q", cpu: "2", memory: "2Gi", on: "a")])
        let plan = cluster.plan(.named("p", cpu: "1", memory: "1Gi"))
        #expect(plan.node == "b")
        #expect(plan.scores.map(\.node) == ["b", "a"])
    }

    @Test("Soft taints and preferences outweigh emptiness")
    func preferences() {
        let soft = Node.named("a") { $0.spec.taints = [.of("k", effect: "PreferNoSchedule")] }
        var cluster = Cluster([soft, .named("b")], [.named("q", cpu: "2", memory: "2Gi", on: "b")])
        #expect(cluster.plan(.named("p", cpu: "1")).node == "b")
    }

    @Test("Pods of one service are spread over nodes though nobody asked")
    func defaultSpreading() {
        var cluster = Cluster((0..<4).map { .named("n\($0)") })
        let selector = Selector(equalTo: ["app": "web"])
        cluster.cache.set(service: "web", selector)
        let placed = (0..<4).compactMap { index in
            cluster.place(.named("p\(index)", labels: ["app": "web"]), chance: UInt64(index))
        }
        #expect(Set(placed).count == 4)
    }

    @Test("Round robin takes the next node that fits, and begins anew at the end")
    func roundRobin() {
        var cluster = Cluster([
            .named("a"), .named("b") { $0.spec.unschedulable = true }, .named("c"), .named("d"),
        ])
        let placed = (0..<5).map { cluster.place(.named("p\($0)"), by: .roundRobin) }
        #expect(placed == ["a", "c", "d", "a", "c"])
    }

    @Test("Round robin knows its place by name when nodes come and go")
    func roundRobinChanges() {
        var cluster = Cluster([.named("a"), .named("c")])
        #expect(cluster.place(.named("p1"), by: .roundRobin) == "a")
        cluster.cache.removeNode(named: "a")
        cluster.cache.set(.named("b"))
        #expect(cluster.place(.named("p2"), by: .roundRobin) == "b")
        #expect(cluster.place(.named("p3"), by: .roundRobin) == "c")
    }

    @Test("A large cluster is sampled, and the next pod's sample begins where the last one ended")
    func sampling() {
        var cluster = Cluster((0..<500).map { .named("node-\($0)") })
        let plan = cluster.plan(.named("p"))
        #expect(plan.verdicts.fitting.count == 230)
        #expect(cluster.cursor.start == 230)
    }

    /// Prints what a cycle costs; asserts nothing about time.
    @Test("A cycle over 500 nodes")
    func cost() {
        var cluster = Cluster((0..<500).map { .named("node-\($0)", cpu: "64", memory: "256Gi") })
        cluster.cache.set(service: "web", Selector(equalTo: ["app": "web"]))
        let time = SystemTimekeeper()
        let pods = (0..<2000).map { Pod.named("p\($0)", cpu: "100m", memory: "64Mi", labels: ["app": "web"]) }
        let start = time.uptime
        var placed = 0
        for (index, pod) in pods.enumerated() where cluster.place(pod, chance: UInt64(index)) != nil { placed += 1 }
        let each = (time.uptime - start) / pods.count
        print("scheduling cycle over 500 nodes: \(each) a pod")
        #expect(placed == pods.count)
    }
}

@Suite("Never too much")
struct OvercommitTests {
    @Test("No node is ever given more than it has", arguments: 1...20)
    func neverOvercommits(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        let nodes = (0..<(1 + random.below(12))).map { index in
            Node.named(
                "n\(index)", cpu: "\(1 + random.below(8))", memory: "\(1 + random.below(8))Gi",
                pods: Int64(1 + random.below(12)))
        }
        var cluster = Cluster(nodes)
        var alive: [Pod] = []
        for step in 0..<300 {
            if !alive.isEmpty, random.below(3) == 0 {
                let pod = alive.remove(at: random.below(alive.count))
                cluster.cache.removePod(uid: pod.metadata.uid)
            } else {
                var pod = Pod.named(
                    "p\(step)", cpu: "\(random.below(3000))m", memory: "\(random.below(3000))Mi",
                    priority: Int32(random.below(3)))
                if random.below(4) == 0 { pod.take(hostPort: 80 + Int32(random.below(2))) }
                let profile = random.below(2) == 0 ? Profile.standard : .roundRobin
                if cluster.place(pod, by: profile, chance: random.next()) != nil { alive.append(pod) }
            }
            for node in cluster.cache.snapshot.nodes {
                let context = Comment(rawValue: "seed \(seed), step \(step), \(node.name)")
                #expect(node.requested.cpuMillis <= node.shape.allocatable.cpuMillis, context)
                #expect(node.requested.memory <= node.shape.allocatable.memory, context)
                #expect(node.pods.count <= node.shape.podsMax, context)
                #expect(Set(node.hostPorts).count == node.hostPorts.count, context)
            }
        }
        let counted = cluster.cache.snapshot.nodes.reduce(0) { $0 + $1.pods.count }
        #expect(counted == alive.count)
    }
}
