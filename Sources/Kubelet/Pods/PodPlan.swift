package import APITypes
internal import ContainerRuntime
package import Determinism

/// What probes have found out about a container, by container id; nothing known means no key.
package struct ProbeFindings: Sendable, Equatable {
    package var liveness: [String: Bool]
    package var startup: [String: Bool]
    package var readiness: [String: Bool]

    package init(
        liveness: [String: Bool] = [:], startup: [String: Bool] = [:], readiness: [String: Bool] = [:]
    ) {
        self.liveness = liveness
        self.startup = startup
        self.readiness = readiness
    }
}

/// Why a container does not run, as its status says it.
package struct WaitingReason: Sendable, Equatable {
    package var reason: String
    package var message: String

    package init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

/// What to do next about one pod, with the reasons. Pure: the pod as it should be, the pod as it is, the time.
package struct PodPlan: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// Everything of the pod ends: containers first, sandboxes last.
        case killPod(why: String)
        case createSandbox(attempt: UInt32)
        case killContainer(id: String, name: String, message: String, reason: KillReason)
        case startContainer(name: String, attempt: Int)
        /// Running containers get other limits.
        case resizeContainers([Resized])
    }

    package struct Resized: Sendable, Equatable {
        package var id: String
        package var name: String
    }

    package enum KillReason: Sendable, Equatable { case livenessProbe, startupProbe, changed, unknownState }

    package var steps: [Step] = []
    /// Containers that should start and have to wait, by name.
    package var waiting: [String: WaitingReason] = [:]
    /// When to look again though nothing has happened.
    package var wakeAfter: Duration?
    /// Everything is over: no container runs and none will be started.
    package var isFinished = false

    package init() {}

    /// - Parameters:
    ///   - backoff: restarts so far, by ``restartKey(_:_:)``.
    ///   - resources: what is in force, by the name of a running container.
    package static func decide(
        _ pod: Pod, _ runtime: PodRuntime, now: Timestamp, probes: ProbeFindings = ProbeFindings(),
        backoff: RestartBackoff = RestartBackoff(), resources: [String: ResourceRequirements] = [:]
    ) -> PodPlan {
        var planner = PodPlanner(
            pod: pod, runtime: runtime, now: now, probes: probes, backoff: backoff, resources: resources)
        planner.run()
        if !planner.resized.isEmpty { planner.plan.steps.append(.resizeContainers(planner.resized)) }
        return planner.plan
    }

    /// The key under which a container's restarts are counted.
    package static func restartKey(_ pod: Pod, _ container: Container) -> String {
        "\(pod.metadata.uid)/\(container.name)/\(ContainerHash.of(container))"
    }

    /// Whether a container that does not run should be started (again), back-off aside.
    package static func shouldRun(_ container: Container, _ pod: Pod, _ runtime: PodRuntime) -> Bool {
        guard pod.metadata.deletionTimestamp == nil else { return false }
        guard let newest = runtime.newest(container.name) else { return true }
        switch newest.state {
        case .running: return false
        case .created, .unknown: return true
        case .exited: return restarts(container, pod, exitCode: newest.status.exitCode)
        }
    }

    /// Whether an end with this code leads to a restart.
    package static func restarts(_ container: Container, _ pod: Pod, exitCode: Int32) -> Bool {
        for rule in container.restartPolicyRules {
            guard let codes = rule.exitCodes else { continue }
            let isListed = codes.values.contains(exitCode)
            if codes.operator == "In" ? isListed : !isListed { return rule.action.hasPrefix("Restart") }
        }
        switch container.restartPolicy ?? pod.spec.restartPolicy {
        case "Never": return false
        case "OnFailure": return exitCode != 0
        default: return true
        }
    }
}

/// The working state while a ``PodPlan`` is made.
struct PodPlanner {
    let pod: Pod
    let runtime: PodRuntime
    let now: Timestamp
    let probes: ProbeFindings
    let backoff: RestartBackoff
    let resources: [String: ResourceRequirements]
    var resized: [PodPlan.Resized] = []
    var plan = PodPlan()

    mutating func run() {
        guard let sandbox = usableSandbox() else { return startAnew() }
        startEphemeralContainers()
        guard initialize(in: sandbox) else { return }
        runContainers()
    }

    // MARK: Sandbox

    /// The sandbox that the pod can go on with.
    private func usableSandbox() -> PodRuntime.Sandbox? {
        guard let newest = runtime.sandboxes.first, newest.isReady else { return nil }
        guard runtime.sandboxes.filter(\.isReady).count == 1 else { return nil }
        guard newest.usesHostNetwork == pod.usesHostNetwork else { return nil }
        if !newest.usesHostNetwork, newest.ips.isEmpty { return nil }
        return newest
    }

    /// There is no sandbox to go on with: everything starts from the beginning, or the pod is over.
    private mutating func startAnew() {
        let attempt = runtime.sandboxes.first.map { $0.attempt + 1 } ?? 0
        let mayRestart = pod.spec.restartPolicy != "Never"
        if !mayRestart, attempt != 0, !runtime.containers.isEmpty { return finish(why: "the sandbox has ended") }
        let remaining = pod.spec.containers.filter { wouldRunAgain($0) }
        let wasInitialized = pod.spec.containers.contains { runtime.newest($0.name) != nil }
        if remaining.isEmpty, wasInitialized || pod.spec.initContainers.isEmpty {
            return finish(why: "all containers are done")
        }
        if attempt > 0 {
            plan.steps.append(.killPod(why: "Pod sandbox changed, it will be killed and re-created."))
        }
        plan.steps.append(.createSandbox(attempt: attempt))
        let first = pod.spec.initContainers.first.map { [$0] } ?? remaining
        for container in first { startOrWait(container) }
    }

    private func wouldRunAgain(_ container: Container) -> Bool {
        guard let newest = runtime.newest(container.name), newest.hasSucceeded else { return true }
        return PodPlan.restarts(container, pod, exitCode: 0)
    }

    // MARK: Init containers

    private mutating func startEphemeralContainers() {
        for ephemeral in pod.spec.ephemeralContainers where runtime.newest(ephemeral.name) == nil {
            plan.steps.append(.startContainer(name: ephemeral.name, attempt: 0))
        }
    }

    /// True once all init containers have done their duty in this sandbox, so that the others may run.
    private mutating func initialize(in sandbox: PodRuntime.Sandbox) -> Bool {
        let wasInitialized = pod.spec.containers.contains { isIn($0, sandbox) }
        let last = pod.spec.initContainers.lastIndex { isIn($0, sandbox) }
        for (index, container) in pod.spec.initContainers.enumerated() {
            let isPast = wasInitialized || index < last ?? 0
            if Pod.isSidecar(container) {
                guard keepSidecar(container, in: sandbox) || isPast else { return false }
            } else if !isPast {
                guard runOnce(container, in: sandbox) else { return false }
            }
        }
        return true
    }

    private func isIn(_ container: Container, _ sandbox: PodRuntime.Sandbox) -> Bool {
        runtime.newest(container.name)?.sandboxID == sandbox.id
    }

    /// True when the init container has succeeded.
    private mutating func runOnce(_ container: Container, in sandbox: PodRuntime.Sandbox) -> Bool {
        guard let newest = runtime.newest(container.name), newest.sandboxID == sandbox.id else {
            startOrWait(container)
            return false
        }
        switch newest.state {
        case .running:
            if newest.hash != ContainerHash.of(container) { return killAndStart(newest, container, changed(container)) }
            return false
        case .created, .unknown:
            startOrWait(container)
            return false
        case .exited where newest.status.exitCode == 0:
            return true
        case .exited:
            if PodPlan.restarts(container, pod, exitCode: newest.status.exitCode) {
                startOrWait(container)
            } else {
                finish(why: "init container \(container.name) has failed")
            }
            return false
        }
    }

    /// True when the sidecar runs and has started, so that the next may begin.
    private mutating func keepSidecar(_ container: Container, in sandbox: PodRuntime.Sandbox) -> Bool {
        guard let newest = runtime.newest(container.name), newest.state == .running, newest.sandboxID == sandbox.id
        else {
            startOrWait(container)
            return false
        }
        if let (message, reason) = reasonToKill(newest, container) {
            return killAndStart(newest, container, (message, reason))
        }
        resize(newest, container)
        return container.startupProbe == nil || probes.startup[newest.id] == true
    }

    // MARK: Containers

    private mutating func runContainers() {
        var kept = 0
        var isStarting = false
        for container in pod.spec.containers {
            guard let newest = runtime.newest(container.name), newest.state == .running else {
                if PodPlan.shouldRun(container, pod, runtime) {
                    isStarting = true
                    startOrWait(container)
                }
                continue
            }
            guard let (message, reason) = reasonToKill(newest, container) else {
                kept += 1
                resize(newest, container)
                continue
            }
            let restarts = reason == .changed || PodPlan.restarts(container, pod, exitCode: 137)
            if restarts {
                isStarting = true
                _ = killAndStart(newest, container, (message, reason))
            } else {
                plan.steps.append(.killContainer(id: newest.id, name: container.name, message: message, reason: reason))
            }
        }
        if kept == 0, !isStarting, !plan.steps.contains(where: \.isKill) { finish(why: "all containers are done") }
    }

    /// Why a running container must not go on; nil when all is well.
    private func reasonToKill(
        _ running: PodRuntime.Container, _ container: Container
    ) -> (String, PodPlan.KillReason)? {
        if running.hash != ContainerHash.of(container) { return changed(container) }
        if let old = resources[container.name],
            ResizePlan.needsRestart(container, from: old, to: container.resources)
        {
            return ("Container \(container.name) resize requires restart", .changed)
        }
        if probes.liveness[running.id] == false {
            return ("Container \(container.name) failed liveness probe", .livenessProbe)
        }
        if probes.startup[running.id] == false {
            return ("Container \(container.name) failed startup probe", .startupProbe)
        }
        return nil
    }

    private mutating func resize(_ running: PodRuntime.Container, _ container: Container) {
        guard let old = resources[container.name], ResizePlan.differs(old, container.resources) else { return }
        resized.append(PodPlan.Resized(id: running.id, name: container.name))
    }

    private func changed(_ container: Container) -> (String, PodPlan.KillReason) {
        ("Container \(container.name) definition changed", .changed)
    }

    /// Always false: what was killed is not ready for what comes next.
    private mutating func killAndStart(
        _ running: PodRuntime.Container, _ container: Container, _ why: (String, PodPlan.KillReason)
    ) -> Bool {
        plan.steps.append(
            .killContainer(
                id: running.id, name: container.name, message: "\(why.0), will be restarted", reason: why.1))
        plan.steps.append(.startContainer(name: container.name, attempt: running.restartCount + 1))
        return false
    }

    /// Starts a container, unless its last end is too fresh.
    private mutating func startOrWait(_ container: Container) {
        let newest = runtime.newest(container.name)
        if let ended = newest, ended.state == .exited, let finished = ended.status.finishedAt {
            let key = PodPlan.restartKey(pod, container)
            if let remaining = backoff.remaining(key, since: finished, now: now) {
                let whole = backoff.delay(key).goText
                plan.waiting[container.name] = WaitingReason(
                    "CrashLoopBackOff",
                    "back-off \(whole) restarting failed container=\(container.name) pod=\(pod.formatted)")
                plan.wakeAfter = min(plan.wakeAfter ?? remaining, remaining)
                return
            }
        }
        if let stuck = newest, stuck.state == .unknown {
            plan.steps.append(
                .killContainer(
                    id: stuck.id, name: container.name,
                    message: "Container is in \"unknown\" state, try killing it before restart", reason: .unknownState))
        }
        plan.steps.append(.startContainer(name: container.name, attempt: newest.map { $0.restartCount + 1 } ?? 0))
    }

    private mutating func finish(why: String) {
        plan.isFinished = true
        plan.waiting = [:]
        plan.wakeAfter = nil
        let isAnythingLeft = runtime.hasRunningContainers || runtime.sandboxes.contains(where: \.isReady)
        plan.steps = isAnythingLeft ? [.killPod(why: why)] : []
    }
}

extension PodPlan.Step {
    fileprivate var isKill: Bool { if case .killContainer = self { true } else { false } }
}
