internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import Synchronization

/// All pods of this node, each with its worker.
final class PodWorkers: Sendable {
    /// How long to wait between questions whether a container has ended that is said to have.
    static let settlingPauses: [Duration] = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map {
        .milliseconds($0)
    }

    private struct State {
        var workers: [String: PodWorker] = [:]
        /// Ids of containers and sandboxes to the UIDs of their pods.
        var owners: [String: String] = [:]
        /// Who wants to know when a container ends, by container id.
        var listeners: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextListener = 0
    }

    private let services: KubeletServices
    private let prober: Prober
    private let state = Mutex(State())
    private let starts: AsyncStream<PodWorker>
    private let start: AsyncStream<PodWorker>.Continuation

    init(services: KubeletServices) {
        self.services = services
        prober = Prober(runtime: services.runtime, time: services.time)
        (starts, start) = AsyncStream.makeStream()
    }

    // MARK: Asking

    var all: [PodWorker] { state.withLock { Array($0.workers.values) } }

    func worker(_ uid: String) -> PodWorker? { state.withLock { $0.workers[uid] } }

    func worker(_ key: ObjectKey) -> PodWorker? {
        all.filter { $0.pod.metadata.namespace == key.namespace && $0.pod.metadata.name == key.name }
            .max { left, _ in !left.isActive }
    }

    // MARK: Telling

    /// A pod of this node was seen.
    func update(_ pod: Pod) {
        let (worker, isNew) = state.withLock { state -> (PodWorker, Bool) in
            if let worker = state.workers[pod.metadata.uid] { return (worker, false) }
            let worker = make(pod)
            state.workers[pod.metadata.uid] = worker
            return (worker, true)
        }
        guard isNew else { return worker.update(pod) }
        admit(worker)
        start.yield(worker)
    }

    /// A pod is gone from the API.
    func remove(_ pod: Pod) { worker(pod.metadata.uid)?.objectRemoved() }

    /// Something happened to a container or sandbox.
    func handle(_ event: RuntimeEvent) async {
        if case .resync = event.kind {
            for listener in state.withLock({ $0.listeners.values.flatMap(\.values) }) { listener.yield() }
            for worker in all { worker.wake() }
            return
        }
        let owner = await owner(of: event)
        for listener in state.withLock({ Array(($0.listeners[event.id] ?? [:]).values) }) { listener.yield() }
        if let owner { worker(owner)?.wake() }
    }

    /// The UID of the pod that an event is about.
    ///
    /// The runtime tells of an end a moment before it admits it when asked; this waits until both say the same.
    private func owner(of event: RuntimeEvent) async -> String? {
        let known = state.withLock { $0.owners[event.id] }
        guard case .exited = event.kind else { return known }
        var label: String?
        for pause in Self.settlingPauses {
            // Not a container, or gone already: there is nothing to wait for.
            guard let status = try? await services.runtime.containerStatus(event.id) else { return known }
            label = status.labels[PodLabels.podUID]
            // A container that ends at once may be said to have ended before it is said to have begun.
            if status.state != .running, status.state != .created { break }
            // Cancelled: the kubelet is stopping.
            guard (try? await services.time.sleep(for: pause)) != nil else { return nil }
        }
        return known ?? label
    }

    /// Wakes those whose containers are not as they were seen last, should an event ever have been lost.
    func compare(with rows: [RuntimeContainer]) {
        let byPod = Dictionary(grouping: rows) { $0.labels[PodLabels.podUID] ?? "" }
        for worker in all {
            let seen = Dictionary(worker.runtime.containers.map { ($0.id, $0.state) }) { $1 }
            let real = Dictionary((byPod[worker.uid] ?? []).map { ($0.id, $0.state) }) { $1 }
            if seen != real || worker.waitsForResources { worker.wake() }
        }
    }

    /// Tells whenever something happens to the container.
    func exits(of containerID: String) -> AsyncStream<Void> {
        let (stream, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextListener += 1
            state.listeners[containerID, default: [:]][state.nextListener] = listener
            return state.nextListener
        }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.listeners[containerID]?[number] = nil
                if state.listeners[containerID]?.isEmpty == true { state.listeners[containerID] = nil }
            }
        }
        return stream
    }

    func refreshVolumes(ofPod uid: String) { worker(uid)?.refreshVolumes() }

    // MARK: Running

    /// Runs all workers until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await worker in starts {
                group.addTask {
                    await worker.run()
                    if !Task.isCancelled { self.forget(worker) }
                }
            }
            group.cancelAll()
        }
    }

    /// Ends what runs here of pods that are not in the API any more.
    func adoptOrphans(known: Set<String>) async throws {
        for sandbox in try await services.runtime.listPodSandboxes(PodSandboxFilter()) {
            guard let uid = sandbox.labels[PodLabels.podUID], !known.contains(uid), worker(uid) == nil else { continue }
            var pod = Pod()
            pod.metadata.uid = uid
            pod.metadata.name = sandbox.metadata.name
            pod.metadata.namespace = sandbox.metadata.namespace
            let worker = make(pod)
            worker.objectRemoved()
            state.withLock { $0.workers[uid] = worker }
            start.yield(worker)
        }
        let pods = "\(services.configuration.rootDirectory)/pods"
        for uid in HostFiles.names(in: pods) where !known.contains(uid) && worker(uid) == nil {
            let directory = "\(pods)/\(uid)"
            try services.mounts.unmountAll(below: directory)
            try HostFiles.remove(directory)
        }
    }

    private func make(_ pod: Pod) -> PodWorker {
        let uid = pod.metadata.uid
        return PodWorker(
            pod: pod, services: services, prober: prober,
            onLook: { [weak self] runtime in
                self?.state.withLock { state in
                    for sandbox in runtime.sandboxes { state.owners[sandbox.id] = uid }
                    for container in runtime.containers { state.owners[container.id] = uid }
                }
            },
            judge: { [weak self, services] worker, pod, ledger in
                let others = (self?.all ?? []).filter { $0 !== worker && $0.isActive }.map(\.granted)
                return ResizePlan.judge(ledger, pod, beside: others, services.machine.allocatable)
            })
    }

    private func forget(_ worker: PodWorker) {
        state.withLock { state in
            if state.workers[worker.uid] === worker { state.workers[worker.uid] = nil }
            state.owners = state.owners.filter { $0.value != worker.uid }
        }
    }

    /// Refuses a pod that has not begun and does not fit beside the others.
    private func admit(_ worker: PodWorker) {
        let pod = worker.pod
        guard pod.status.startTime == nil, pod.metadata.deletionTimestamp == nil, !pod.isTerminal else { return }
        let others = all.filter { $0 !== worker && $0.isActive }.map(\.granted)
        let node = services.node.get(ObjectKey(name: services.configuration.nodeName))
        let admission = PodAdmission(
            labels: node?.metadata.labels ?? [:], allocatable: services.machine.allocatable,
            pressures: (node?.status.conditions ?? []).filter { $0.type.hasSuffix("Pressure") && $0.status == "True" }
                .map(\.type),
            unsafeSysctls: services.configuration.allowedUnsafeSysctls)
        guard let refusal = admission.refusal(pod, beside: others) else { return }
        services.events.warning(pod, refusal.reason, refusal.message)
        worker.fail(
            WaitingReason(refusal.reason, "Pod was rejected: \(refusal.message)"), isRejection: true)
    }
}
