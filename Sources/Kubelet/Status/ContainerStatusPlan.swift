internal import APITypes
internal import ContainerRuntime
package import Determinism

/// What a status is made from, beside the pod itself.
package struct StatusFacts: Sendable {
    package var runtime: PodRuntime
    package var probes: ProbeFindings
    /// Why containers do not run, by name.
    package var waiting: [String: WaitingReason]
    /// What containers left behind as their last words, by container id.
    package var terminationMessages: [String: String]
    package var hostIPs: [String]
    package var now: Timestamp
    /// Ended for good by decision of the node: eviction, deadline, refusal.
    package var failure: WaitingReason?
    /// No container runs and none will.
    package var isFinished: Bool
    /// Why the node ends the pod against its will; becomes the condition `DisruptionTarget`.
    package var disruption: WaitingReason?
    package var resize: ResizeLedger
    /// The node never took the pod: there is nothing to tell of its containers.
    package var isRejected: Bool

    package init(
        runtime: PodRuntime, now: Timestamp, probes: ProbeFindings = ProbeFindings(),
        waiting: [String: WaitingReason] = [:], terminationMessages: [String: String] = [:],
        hostIPs: [String] = [], failure: WaitingReason? = nil, isFinished: Bool = false,
        disruption: String? = nil, resize: ResizeLedger = ResizeLedger(), isRejected: Bool = false
    ) {
        self.runtime = runtime
        self.now = now
        self.probes = probes
        self.waiting = waiting
        self.terminationMessages = terminationMessages
        self.hostIPs = hostIPs
        self.failure = failure
        self.resize = resize
        self.isRejected = isRejected
        self.isFinished = isFinished
        self.disruption = disruption.map { WaitingReason($0, failure?.message ?? "") }
    }
}

/// The statuses of a pod's containers, as upstream's kubelet tells them.
struct ContainerStatusPlan {
    /// How a container that nobody can find any more has ended.
    static let lostMessage = "The container could not be located when the pod was terminated"
    static let unknownReason = "ContainerStatusUnknown"

    enum Role { case initial, regular, ephemeral }

    let pod: Pod
    let facts: StatusFacts

    func statuses(of containers: [Container], before: [ContainerStatus], role: Role) -> [ContainerStatus] {
        containers.map { container in
            let old = before.first { $0.name == container.name }
            var status = status(of: container, before: old)
            explainWaiting(&status, container)
            endUnknown(&status, role: role)
            judge(&status, container, role: role)
            return status
        }
    }

    private func status(of container: Container, before old: ContainerStatus?) -> ContainerStatus {
        let records = facts.runtime.containers.filter { $0.name == container.name }
        guard let newest = records.first else { return missing(container, before: old) }
        var status = ContainerStatus()
        status.name = container.name
        status.image = newest.hash == ContainerHash.of(container) ? container.image : newest.status.image
        status.imageID = newest.status.imageRef
        status.containerID = "containerd://\(newest.id)"
        status.restartCount = Int32(newest.restartCount)
        status.state = state(of: newest)
        let isRunning = newest.state == .running
        status.resources = isRunning ? facts.resize.inForce[container.name] ?? container.resources : container.resources
        status.allocatedResources = container.resources.requests
        if let previous = records.dropFirst().first(where: { $0.state == .exited || $0.state == .unknown }) {
            status.lastState = state(of: previous)
        } else if let old, old.restartCount == status.restartCount {
            status.lastState = old.lastState
        }
        return status
    }

    /// The runtime knows nothing of the container: not yet, or no more.
    private func missing(_ container: Container, before old: ContainerStatus?) -> ContainerStatus {
        var status = ContainerStatus()
        status.name = container.name
        status.image = container.image
        status.state = waiting(defaultWaiting)
        guard let old, !old.containerID.isEmpty || old.state.terminated != nil || old.restartCount > 0 else {
            return status
        }
        status.restartCount = old.restartCount
        status.lastState = old.lastState
        if old.state.terminated != nil { return old }
        if old.state.running != nil {
            let ended = lost(old.containerID)
            if facts.isFinished {
                status = old
                status.state = ended
            } else {
                status.lastState = ended
                status.restartCount += 1
            }
        }
        return status
    }

    private var defaultWaiting: WaitingReason {
        WaitingReason(pod.spec.initContainers.isEmpty ? "ContainerCreating" : "PodInitializing", "")
    }

    private func state(of container: PodRuntime.Container) -> ContainerState {
        let status = container.status
        var state = ContainerState()
        switch status.state {
        case .created:
            return waiting(defaultWaiting)
        case .running:
            var running = ContainerStateRunning()
            running.startedAt = status.startedAt
            state.running = running
        case .exited, .unknown:
            var terminated = ContainerStateTerminated()
            let isKnown = status.state == .exited
            terminated.exitCode = isKnown ? status.exitCode : 137
            terminated.reason = isKnown ? status.reason : Self.unknownReason
            if terminated.reason.isEmpty { terminated.reason = status.exitCode == 0 ? "Completed" : "Error" }
            terminated.message = facts.terminationMessages[status.id] ?? status.message
            terminated.startedAt = status.startedAt
            terminated.finishedAt = status.finishedAt
            terminated.containerID = "containerd://\(status.id)"
            state.terminated = terminated
        }
        return state
    }

    /// Once a pod is over, a container of which nobody knows how it ended counts as failed.
    private func endUnknown(_ status: inout ContainerStatus, role: Role) {
        guard facts.isFinished, role == .regular, status.state.terminated == nil, wasInitialized else { return }
        status.state = lost(status.containerID)
    }

    private func lost(_ containerID: String) -> ContainerState {
        var terminated = ContainerStateTerminated()
        terminated.exitCode = 137
        terminated.reason = Self.unknownReason
        terminated.message = Self.lostMessage
        terminated.containerID = containerID
        var state = ContainerState()
        state.terminated = terminated
        return state
    }

    /// Whether the pod came so far that its containers were to start.
    private var wasInitialized: Bool {
        let hasStarted = pod.status.containerStatuses.contains {
            $0.state.waiting == nil || $0.lastState.terminated != nil
        }
        return pod.spec.initContainers.isEmpty || hasStarted
            || pod.spec.initContainers.allSatisfy { container in
                guard let newest = facts.runtime.newest(container.name) else { return false }
                return Pod.isSidecar(container) ? newest.status.startedAt != nil : newest.hasSucceeded
            }
    }

    private func waiting(_ why: WaitingReason) -> ContainerState {
        var state = ContainerState()
        var waiting = ContainerStateWaiting()
        waiting.reason = why.reason
        waiting.message = why.message
        state.waiting = waiting
        return state
    }

    /// A container that should run but cannot says why; how it ended moves to its last state.
    private func explainWaiting(_ status: inout ContainerStatus, _ container: Container) {
        guard let why = facts.waiting[container.name], status.state.running == nil, !facts.isFinished else { return }
        if status.state.terminated != nil { status.lastState = status.state }
        status.state = waiting(why)
    }

    private func judge(_ status: inout ContainerStatus, _ container: Container, role: Role) {
        let isRunning = status.state.running != nil
        let id = status.containerID.split(separator: "/").last.map(String.init) ?? ""
        let hasStarted = isRunning && (container.startupProbe == nil || facts.probes.startup[id] == true)
        switch role {
        case .ephemeral:
            status.ready = false
        case .initial where !Pod.isSidecar(container):
            status.ready = status.state.terminated?.exitCode == 0 && status.state.terminated != nil
            status.started = isRunning
        case .initial, .regular:
            status.started = hasStarted
            status.ready = hasStarted && (container.readinessProbe == nil || facts.probes.readiness[id] == true)
        }
    }
}
