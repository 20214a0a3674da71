import APITypes
import ContainerRuntime
import Determinism
import Kubelet

extension Container {
    static func sample(_ name: String = "main", _ change: (inout Container) -> Void = { _ in }) -> Container {
        var container = Container()
        container.name = name
        container.image = "example.com/\(name):1"
        container.imagePullPolicy = "IfNotPresent"
        container.terminationMessagePath = "/dev/termination-log"
        container.terminationMessagePolicy = "File"
        change(&container)
        return container
    }
}

extension Pod {
    static func sample(
        _ name: String = "web", containers: [Container] = [.sample()], _ change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        pod.metadata.uid = "uid-\(name)"
        pod.metadata.resourceVersion = "1"
        pod.spec.nodeName = "node-1"
        pod.spec.containers = containers
        pod.spec.restartPolicy = "Always"
        pod.spec.dnsPolicy = "ClusterFirst"
        pod.spec.terminationGracePeriodSeconds = 30
        pod.status.phase = "Pending"
        change(&pod)
        return pod
    }
}

extension PodRuntime {
    /// A pod with one ready sandbox and these containers, newest first.
    static func with(_ containers: [Container] = []) -> PodRuntime {
        PodRuntime(sandboxes: [Sandbox(id: "s0", ips: ["10.1.0.2"])], containers: containers)
    }
}

extension PodRuntime.Container {
    static func sample(
        _ spec: APITypes.Container, id: String? = nil, _ state: RuntimeContainerState = .running, attempt: UInt32 = 0,
        code: Int32 = 0, finished: Timestamp = .testEpoch, sandbox: String = "s0"
    ) -> PodRuntime.Container {
        var status = RuntimeContainerStatus(
            id: id ?? "\(spec.name)-\(attempt)", metadata: ContainerMetadata(name: spec.name, attempt: attempt),
            state: state, createdAt: .testEpoch, image: spec.image, imageRef: "sha256:1")
        status.annotations = [PodLabels.hash: ContainerHash.of(spec), PodLabels.restartCount: String(attempt)]
        status.startedAt = state == .created ? nil : .testEpoch
        if state == .exited {
            status.finishedAt = finished
            status.exitCode = code
            status.reason = code == 0 ? "Completed" : "Error"
        }
        return PodRuntime.Container(sandboxID: sandbox, status: status)
    }
}
