package import APITypes
internal import ContainerRuntime
package import Determinism
internal import Synchronization

/// Runs the probes of one pod's containers, and remembers what they have found.
package final class ProbeManager: Sendable {
    private struct Key: Hashable {
        let containerID: String
        let kind: ProbeKind
    }

    /// What was counted: results of one kind of probe of one container.
    package struct Tally: Hashable, Sendable {
        package var container: String
        package var kind: String
        package var result: String
    }

    private struct State {
        var tallies: [Tally: Int] = [:]
        var tasks: [Key: Task<Void, Never>] = [:]
        var findings = ProbeFindings()
        var isStopped = false
    }

    private let prober: Prober
    private let events: PodEvents
    private let time: any Timekeeper
    private let onChange: @Sendable () -> Void
    private let state = Mutex(State())

    package init(prober: Prober, events: PodEvents, time: any Timekeeper, onChange: @escaping @Sendable () -> Void) {
        self.prober = prober
        self.events = events
        self.time = time
        self.onChange = onChange
    }

    package var findings: ProbeFindings { state.withLock { $0.findings } }

    /// How often probes had which result, in the words of `/metrics/probes`.
    package var tallies: [Tally: Int] { state.withLock { $0.tallies } }

    /// Starts probes of containers that have come and ends those of containers that have gone.
    package func follow(_ pod: Pod, _ runtime: PodRuntime, podIP: String) {
        var wanted: [Key: (Container, Probe, Timestamp)] = [:]
        for container in pod.spec.containers + pod.spec.initContainers.filter(Pod.isSidecar) {
            guard let running = runtime.newest(container.name), running.state == .running else { continue }
            adoptReadiness(of: running.id, container, pod)
            let hasStarted = container.startupProbe == nil || findings.startup[running.id] == true
            for kind in ProbeKind.allCases where kind == .startup ? !hasStarted : hasStarted {
                guard let probe = container.probe(kind) else { continue }
                wanted[Key(containerID: running.id, kind: kind)] = (
                    container, probe, running.status.startedAt ?? time.now
                )
            }
        }
        let running = Set(runtime.containers.filter { $0.state == .running }.map(\.id))
        state.withLock { state in
            guard !state.isStopped else { return }
            for (key, task) in state.tasks where wanted[key] == nil {
                task.cancel()
                state.tasks[key] = nil
            }
            state.findings.keep(running)
            for (key, (container, probe, startedAt)) in wanted where state.tasks[key] == nil {
                state.tasks[key] = Task {
                    await self.run(key, probe, container, pod, startedAt: startedAt, podIP: podIP)
                }
            }
        }
    }

    /// Readiness goes on until the end; liveness and startup are of no interest when a pod terminates.
    package func stopForTermination() {
        state.withLock { state in
            for (key, task) in state.tasks where key.kind != .readiness {
                task.cancel()
                state.tasks[key] = nil
            }
        }
    }

    package func stop() {
        let tasks = state.withLock { state in
            state.isStopped = true
            defer { state.tasks = [:] }
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }

    /// A container that was ready before this kubelet began stays so until proven otherwise.
    private func adoptReadiness(of id: String, _ container: Container, _ pod: Pod) {
        let statuses = pod.status.containerStatuses + pod.status.initContainerStatuses
        guard let known = statuses.first(where: { $0.name == container.name }), known.containerID.hasSuffix(id) else {
            return
        }
        state.withLock { state in
            if known.ready, state.findings.readiness[id] == nil { state.findings.readiness[id] = true }
            if known.started == true, container.startupProbe != nil, state.findings.startup[id] == nil {
                state.findings.startup[id] = true
            }
        }
    }

    private func run(
        _ key: Key, _ probe: Probe, _ container: Container, _ pod: Pod, startedAt: Timestamp, podIP: String
    ) async {
        var machine = ProbeStateMachine(
            key.kind, probe, initial: key.kind == .readiness ? findings.readiness[key.containerID] : nil)
        let elapsed = time.now - startedAt
        let delay = Duration.seconds(Int64(probe.initialDelaySeconds)) - elapsed
        do {
            if delay > .zero { try await time.sleep(for: delay) }
            while !machine.isOnHold {
                let result = await prober.ask(probe, container, id: key.containerID, podIP: podIP)
                try Task.checkCancellation()
                tell(result, key, container, pod)
                if machine.take(result) { found(machine.finding, key) }
                if machine.isOnHold { return }
                try await time.sleep(for: probe.period)
            }
        } catch {
            // Cancelled: the container or the pod has gone.
            return
        }
    }

    private func tell(_ result: ProbeResult, _ key: Key, _ container: Container, _ pod: Pod) {
        let word =
            switch result {
            case .success: "successful"
            case .failure: "failed"
            case .error: "unknown"
            }
        let tally = Tally(container: container.name, kind: key.kind.rawValue, result: word)
        state.withLock { $0.tallies[tally, default: 0] += 1 }
        switch result {
        case .success: break
        case .failure(let why):
            events.warning(pod, container: container.name, "Unhealthy", "\(key.kind.rawValue) probe failed: \(why)")
        case .error(let why):
            events.warning(pod, container: container.name, "Unhealthy", "\(key.kind.rawValue) probe errored: \(why)")
        }
    }

    private func found(_ finding: Bool?, _ key: Key) {
        state.withLock { state in
            guard !state.isStopped else { return }
            switch key.kind {
            case .startup: state.findings.startup[key.containerID] = finding
            case .liveness: state.findings.liveness[key.containerID] = finding
            case .readiness: state.findings.readiness[key.containerID] = finding
            }
        }
        onChange()
    }
}

extension ProbeFindings {
    /// Forgets containers that do not run any more.
    mutating func keep(_ running: Set<String>) {
        liveness = liveness.filter { running.contains($0.key) }
        startup = startup.filter { running.contains($0.key) }
        readiness = readiness.filter { running.contains($0.key) }
    }
}
