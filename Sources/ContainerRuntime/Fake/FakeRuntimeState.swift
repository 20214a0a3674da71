internal import Determinism

/// What ``FakeContainerRuntime`` remembers, and the rules by which it changes.
struct FakeRuntimeState: Sendable {
    struct Sandbox: Sendable {
        var config: PodSandboxConfig
        var status: PodSandboxStatus
    }

    struct Container: Sendable {
        var sandboxID: String
        var config: ContainerConfig
        var status: RuntimeContainerStatus
        var cpu: CPUUsage?
        var memory: MemoryUsage?
    }

    typealias Reader = AsyncStream<RuntimeEvent>.Continuation

    let acceptsAnyImage: Bool
    var sandboxes: [String: Sandbox] = [:]
    var containers: [String: Container] = [:]
    var images: [String: RuntimeImage] = [:]
    var failures: [FakeContainerRuntime.Call: [RuntimeServiceError]] = [:]
    var execHandler: FakeContainerRuntime.ExecHandler = { _, _ throws(RuntimeServiceError) in ExecResult() }
    var runtimeStatus = RuntimeStatus(conditions: [
        RuntimeStatus.Condition(type: "RuntimeReady", isTrue: true),
        RuntimeStatus.Condition(type: "NetworkReady", isTrue: true),
    ])
    var calls: [String] = []
    var readers: [Int: Reader] = [:]
    private var nextReader = 0
    private var pending: [RuntimeEvent] = []
    private var sandboxCount = 0
    private var containerCount = 0
    private var imageCount = 0

    init(acceptsAnyImage: Bool) { self.acceptsAnyImage = acceptsAnyImage }

    mutating func note(_ call: FakeContainerRuntime.Call, _ subject: String) {
        if calls.count >= FakeContainerRuntime.callLogLimit { calls.removeAll() }
        calls.append(subject.isEmpty ? call.rawValue : "\(call.rawValue) \(subject)")
    }

    mutating func takeFailure(_ call: FakeContainerRuntime.Call) -> RuntimeServiceError? {
        guard let error = failures[call]?.first else { return nil }
        failures[call]?.removeFirst()
        return error
    }

    mutating func addReader(_ reader: Reader) -> Int {
        nextReader += 1
        readers[nextReader] = reader
        return nextReader
    }

    mutating func post(_ kind: RuntimeEvent.Kind, _ id: String, at now: Timestamp) {
        pending.append(RuntimeEvent(kind, id: id, time: now))
    }

    /// The events to hand out once the lock is let go.
    mutating func takeDeliveries() -> [(Reader, RuntimeEvent)] {
        defer { pending = [] }
        return pending.flatMap { event in readers.values.map { ($0, event) } }
    }

    mutating func nextSandboxNumber() -> Int {
        sandboxCount += 1
        return sandboxCount
    }

    mutating func nextContainerNumber() -> Int {
        containerCount += 1
        return containerCount
    }

    // MARK: Rules

    mutating func finish(_ containerID: String, code: Int32, reason: String?, at now: Timestamp) {
        containers[containerID]?.status.state = .exited
        containers[containerID]?.status.exitCode = code
        containers[containerID]?.status.finishedAt = now
        containers[containerID]?.status.reason = reason ?? (code == 0 ? "Completed" : "Error")
        post(.exited(code: code), containerID, at: now)
    }

    mutating func stopSandbox(_ id: String, code: Int32, at now: Timestamp) {
        guard sandboxes[id]?.status.sandbox.state == .ready else { return }
        for (containerID, container) in containers
        where container.sandboxID == id && container.status.state == .running {
            finish(containerID, code: 137, reason: nil, at: now)
        }
        sandboxes[id]?.status.sandbox.state = .notReady
        sandboxes[id]?.status.ips = []
        post(.exited(code: code), id, at: now)
    }

    mutating func addImage(_ name: String, sizeBytes: UInt64, user: String) -> RuntimeImage {
        if let known = image(name) { return known }
        imageCount += 1
        let digits = String(imageCount, radix: 16)
        let id = "sha256:" + String(repeating: "0", count: 64 - digits.count) + digits
        let image = RuntimeImage(
            id: id, tags: [name], sizeBytes: sizeBytes, uid: Int64(user), userName: Int64(user) == nil ? user : "")
        images[id] = image
        return image
    }

    func image(_ reference: String) -> RuntimeImage? {
        images[reference] ?? images.values.first { $0.tags.contains(reference) || $0.digests.contains(reference) }
    }

    func row(_ container: Container) -> RuntimeContainer {
        RuntimeContainer(
            id: container.status.id, sandboxID: container.sandboxID, metadata: container.status.metadata,
            image: container.status.image, imageRef: container.status.imageRef, state: container.status.state,
            createdAt: container.status.createdAt, labels: container.status.labels,
            annotations: container.status.annotations)
    }

    func usage(_ container: Container) -> ContainerUsage {
        ContainerUsage(
            id: container.status.id, metadata: container.status.metadata, labels: container.status.labels,
            cpu: container.cpu, memory: container.memory)
    }
}
