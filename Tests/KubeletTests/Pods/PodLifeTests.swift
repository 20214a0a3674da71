import APIMachinery
import APITypes
import ContainerRuntime
import Determinism
import Kubelet
import Testing

@Suite("A pod's life")
struct PodLifeTests {
    @Test("a pod runs, becomes ready, and goes away with everything it had")
    func wholeLife() async throws {
        try await TestNode().run { node in
            node.cluster.put(Pod.sample())
            try await node.eventually("ready") { node.pod()?.condition("Ready") == "True" }
            let running = try #require(node.pod())
            #expect(running.status.phase == "Running")
            #expect(running.status.podIP == "10.88.0.2")
            #expect(running.status.hostIP == "192.0.2.1")
            #expect(running.status.qosClass == "BestEffort")
            #expect(running.status.containerStatuses.first?.containerID == "containerd://container-1")
            #expect(
                running.status.conditions.map(\.type).sorted() == [
                    "ContainersReady", "Initialized", "PodReadyToStartContainers", "PodScheduled", "Ready",
                ])
            node.cluster.deletePod("web", grace: 5, at: node.time.now)
            try await node.eventually("gone") { node.pod() == nil }
            try await node.eventually("cleaned up") { node.runtime.calls.last == "removePodSandbox sandbox-1" }
            #expect(await node.containers().isEmpty)
        }
    }

    @Test("the node is registered, with a lease")
    func registration() async throws {
        try await TestNode().run { node in
            try await node.eventually("lease") {
                node.cluster.get(Lease.self, "node-1", namespace: "kube-node-lease") != nil
            }
            let registered = try #require(node.cluster.get(Node.self, "node-1"))
            #expect(registered.metadata.labels["kubernetes.io/hostname"] == "node-1")
            #expect(registered.status.conditions.first { $0.type == "Ready" }?.reason == "KubeletReady")
            #expect(registered.status.capacity["cpu"] == .units(4))
            let lease = try #require(node.cluster.get(Lease.self, "node-1", namespace: "kube-node-lease"))
            #expect(lease.metadata.ownerReferences.first?.uid == registered.metadata.uid)
        }
    }

    @Test("a job's pod ends as its container ended", arguments: [(0, "Succeeded"), (3, "Failed")] as [(Int32, String)])
    func completion(code: Int32, phase: String) async throws {
        try await TestNode().run { node in
            node.cluster.put(Pod.sample { $0.spec.restartPolicy = "Never" })
            try await node.eventually("running") { node.pod()?.status.phase == "Running" }
            node.runtime.exit("container-1", code: code)
            try await node.eventually(phase) { node.pod()?.status.phase == phase }
            let terminated = try #require(node.pod()?.status.containerStatuses.first?.state.terminated)
            #expect(terminated.exitCode == code)
            #expect(terminated.reason == (code == 0 ? "Completed" : "Error"))
        }
    }

    @Test("a container that crashes is restarted at once, then waits longer and longer")
    func crashLoop() async throws {
        try await TestNode().run { node in
            node.cluster.put(Pod.sample())
            try await node.eventually("running") { node.pod()?.status.phase == "Running" }
            node.runtime.exit("container-1", code: 1)
            try await node.eventually("restarted") {
                node.pod()?.status.containerStatuses.first?.containerID == "containerd://container-2"
            }
            #expect(node.pod()?.status.containerStatuses.first?.restartCount == 1)
            #expect(node.pod()?.status.containerStatuses.first?.lastState.terminated?.exitCode == 1)
            node.runtime.exit("container-2", code: 1)
            try await node.eventually("backing off") {
                node.pod()?.status.containerStatuses.first?.state.waiting?.reason == "CrashLoopBackOff"
            }
            try await node.eventually("asleep until the pause is over") {
                (node.time.nextDeadline ?? .zero) <= .seconds(10)
            }
            node.time.advance(by: .seconds(11))
            try await node.eventually("restarted again") {
                node.pod()?.status.containerStatuses.first?.restartCount == 2
                    && node.pod()?.status.containerStatuses.first?.state.running != nil
            }
        }
    }

    @Test("an image that cannot be had keeps the pod waiting, with the reason")
    func imagePullFailure() async throws {
        try await TestNode().run { node in
            node.runtime.fail(.pullImage, with: RuntimeServiceError(.notFound, "no such image"), times: 1)
            node.cluster.put(Pod.sample())
            try await node.eventually("error") {
                node.pod()?.status.containerStatuses.first?.state.waiting?.reason == "ErrImagePull"
            }
            #expect(node.pod()?.status.phase == "Pending")
            #expect(node.pod()?.status.containerStatuses.first?.state.waiting?.message == "no such image")
            try await node.eventually("alarm") { (node.time.nextDeadline ?? .seconds(99)) <= .seconds(2) }
            node.time.advance(by: .seconds(2))
            try await node.eventually("back-off") {
                node.pod()?.status.containerStatuses.first?.state.waiting?.reason == "ImagePullBackOff"
            }
            try await node.eventually("alarm") { (node.time.nextDeadline ?? .seconds(99)) <= .seconds(10) }
            node.time.advance(by: .seconds(9))
            try await node.eventually("running") { node.pod()?.status.phase == "Running" }
        }
    }

    @Test("a pod that asks for more than there is is refused")
    func refusal() async throws {
        try await TestNode().run { node in
            node.cluster.put(
                Pod.sample(containers: [.sample { $0.resources.requests["cpu"] = .units(5) }]))
            try await node.eventually("refused") { node.pod()?.status.phase == "Failed" }
            #expect(node.pod()?.status.reason == "OutOfcpu")
            #expect(
                node.pod()?.status.message
                    == "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, "
                    + "capacity: 4000"
            )
            #expect(await node.containers().isEmpty)
        }
    }

    @Test("a missing ConfigMap holds the container up until it appears")
    func missingConfigMap() async throws {
        try await TestNode().run { node in
            node.cluster.put(
                Pod.sample(
                    containers: [
                        .sample {
                            var variable = EnvVar()
                            variable.name = "COLOR"
                            var origin = EnvVarSource()
                            var key = ConfigMapKeySelector()
                            key.name = "settings"
                            key.key = "color"
                            origin.configMapKeyRef = key
                            variable.valueFrom = origin
                            $0.env = [variable]
                        }
                    ]))
            try await node.eventually("waiting") {
                node.pod()?.status.containerStatuses.first?.state.waiting?.reason == "CreateContainerConfigError"
            }
            #expect(
                node.pod()?.status.containerStatuses.first?.state.waiting?.message == "configmap \"settings\" not found"
            )
            var map = ConfigMap()
            map.metadata.name = "settings"
            map.metadata.namespace = "default"
            map.data = ["color": "green"]
            node.cluster.put(map)
            try await node.eventually("running") { node.pod()?.status.phase == "Running" }
            let config = try #require(node.runtime.config(ofContainer: "container-1"))
            #expect(config.environment.contains(ContainerVariable("COLOR", "green")))
        }
    }
}

extension Pod {
    func condition(_ type: String) -> String? { status.conditions.first { $0.type == type }?.status }
}
