internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism
internal import Logging
internal import Synchronization

/// Brings one pod to where it should be, and keeps it there: looks, plans, acts, tells, and sleeps until woken.
///
/// One look at a time. Acting (pulls, starts) goes on beside looking, so that status and readiness never wait for it.
final class PodWorker: Sendable {
    /// How long after something failed the pod is looked at again though nothing happened.
    static let retryDelay = Duration.seconds(10)
    static let pullRetryDelay = Duration.seconds(2)
    static let mountRetry = Backoff(initial: .milliseconds(500), maximum: .seconds(122))
    static let statusRetry = Backoff(initial: .milliseconds(200), maximum: .seconds(10), jitter: 0.5)

    struct State {
        var pod: Pod
        /// The object is gone from the API.
        var isRemoved = false
        /// The node has decided that the pod must end.
        var failure: WaitingReason?
        /// The node never took the pod.
        var isRejected = false
        /// Seconds for the end that the node has decided on.
        var failureGrace: Duration?
        /// The reason of the condition `DisruptionTarget`, where the end is not the pod's own fault.
        var disruption: String?
        var failures: [String: WaitingReason] = [:]
        var backoff = RestartBackoff()
        var acting: Task<Void, Never>?
        /// How often it has acted: what was seen before the last time is not true any more.
        var actions = 0
        var killing: (task: Task<Void, Never>, grace: Duration)?
        var alarm: Task<Void, Never>?
        var alarmAt: Duration?
        var hasMounted = false
        /// Failures to act in a row.
        var retries = 0
        /// What failed is left alone until then.
        var retryAt: Duration?
        var statusFailures = 0
        var wantsFreshVolumes = false
        var isStuck = false
        var isFinalized = false
        var toldWaiting: Set<String> = []
        var runtime = PodRuntime()
        var resize: ResizeLedger
    }

    let uid: String
    let services: KubeletServices
    let probes: ProbeManager
    let actor: PodActor
    private let writer: StatusWriter
    private let onLook: @Sendable (PodRuntime) -> Void
    /// Whether what a pod wishes can be had beside the others of this node.
    private let judge: @Sendable (PodWorker, Pod, ResizeLedger) -> ResizeLedger
    let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        pod: Pod, services: KubeletServices, prober: Prober, onLook: @escaping @Sendable (PodRuntime) -> Void,
        judge: @escaping @Sendable (PodWorker, Pod, ResizeLedger) -> ResizeLedger
    ) {
        uid = pod.metadata.uid
        self.services = services
        self.onLook = onLook
        self.judge = judge
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wakes = wakes
        self.waker = waker
        state = Mutex(State(pod: pod, resize: ResizeLedger(pod)))
        let hooks = LifecycleHooks(runtime: services.runtime, time: services.time)
        actor = PodActor(
            services: services, starter: ContainerStarter(services: services, hooks: hooks),
            killer: PodKiller(services: services, hooks: hooks))
        writer = StatusWriter(client: services.client)
        probes = ProbeManager(prober: prober, events: services.events, time: services.time) { waker.yield() }
        services.objects.setReferences(pod.configurationReferences, ofPod: uid)
    }

    // MARK: What happens to it

    var pod: Pod { state.withLock { $0.pod } }
    var runtime: PodRuntime { state.withLock { $0.runtime } }

    /// The pod with the resources that it was granted.
    var granted: Pod { state.withLock { $0.resize.applied(to: $0.pod) } }

    /// Whether it waits for resources that others have.
    var waitsForResources: Bool { state.withLock { $0.resize.refusal != nil } }

    /// Whether it takes part of the node's resources.
    var isActive: Bool { state.withLock { !$0.isFinalized && !$0.pod.isTerminal } }

    /// Whether its end has begun and is not over.
    var isEnding: Bool {
        state.withLock { !$0.isFinalized && ($0.failure != nil || $0.pod.metadata.deletionTimestamp != nil) }
    }

    func wake() { waker.yield() }

    func update(_ pod: Pod) {
        let isNews = state.withLock { state in
            // A status we wrote ourselves may be ahead of what the watch brings.
            guard Self.version(pod) > Self.version(state.pod) else { return false }
            let (old, new) = (state.pod.metadata, pod.metadata)
            if old.labels != new.labels || old.annotations != new.annotations { state.wantsFreshVolumes = true }
            state.pod = pod
            return true
        }
        guard isNews else { return }
        services.objects.setReferences(pod.configurationReferences, ofPod: uid)
        wake()
    }

    func objectRemoved() {
        state.withLock { $0.isRemoved = true }
        wake()
    }

    /// A ConfigMap, Secret or token of the pod has changed.
    func refreshVolumes() {
        state.withLock { $0.wantsFreshVolumes = true }
        wake()
    }

    /// The node has decided: the pod ends with phase Failed.
    func fail(
        _ why: WaitingReason, grace: Duration? = nil, disruption: String? = nil, isRejection: Bool = false
    ) {
        state.withLock { state in
            guard state.failure == nil else { return }
            state.failure = why
            state.isRejected = isRejection
            state.failureGrace = grace
            state.disruption = disruption
        }
        wake()
    }

    private static func version(_ pod: Pod) -> Int64 { Int64(pod.metadata.resourceVersion) ?? 0 }

    // MARK: Its life

    /// Returns when the pod is gone from the API and from this machine, or when cancelled.
    func run() async {
        wake()
        for await _ in wakes {
            do {
                if try await sync() { break }
            } catch {
                if Task.isCancelled { break }
                services.logger.warning(
                    "a pod could not be looked after", metadata: ["pod": "\(pod.formatted)", "error": "\(error)"])
                setAlarm(after: Self.retryDelay)
            }
        }
        let (acting, killing, alarm) = state.withLock { ($0.acting, $0.killing?.task, $0.alarm) }
        acting?.cancel()
        killing?.cancel()
        alarm?.cancel()
        probes.stop()
        services.objects.setReferences([], ofPod: uid)
        services.tokens.forget(uid)
        services.puller.forget(uid)
    }

    /// One look. True when there is nothing left to do for ever.
    private func sync() async throws -> Bool {
        let actions = state.withLock { $0.actions }
        let runtime = try await PodRuntime.read(uid: uid, from: services.runtime)
        onLook(runtime)
        let wished = state.withLock { ($0.pod, $0.resize) }
        let ledger = judge(self, wished.0, wished.1)
        let snapshot = state.withLock { state in
            state.runtime = runtime
            if state.resize == wished.1 { state.resize = ledger }
            return state
        }
        // What ended while we looked has asked for another look.
        guard snapshot.actions == actions else { return false }
        tell(ledger.refusal, before: wished.1.refusal, wished.0)
        let pod = snapshot.resize.applied(to: snapshot.pod)
        let podIP = pod.usesHostNetwork ? services.configuration.nodeIPs.first : runtime.readySandbox?.ips.first
        probes.follow(pod, runtime, podIP: podIP ?? "")
        if snapshot.isRemoved || pod.metadata.deletionTimestamp != nil || snapshot.failure != nil || pod.isTerminal {
            return try await terminate(snapshot, runtime)
        }
        if let deadline = pod.spec.activeDeadlineSeconds, let start = pod.status.startTime {
            let left = start + .seconds(deadline) - services.time.now
            if left <= .zero {
                let why = "Pod was active on the node longer than the specified deadline"
                services.events.normal(pod, "DeadlineExceeded", why)
                fail(WaitingReason("DeadlineExceeded", why))
                return false
            }
            setAlarm(after: left)
        }
        let plan = PodPlan.decide(
            pod, runtime, now: services.time.now, probes: probes.findings, backoff: snapshot.backoff,
            resources: snapshot.resize.inForce)
        if plan.isFinished { return try await terminate(snapshot, runtime) }
        tell(plan, pod)
        let isActing = snapshot.acting != nil || !plan.steps.isEmpty && snapshot.retryAt == nil
        try await writeStatus(
            pod, runtime, waiting: snapshot.failures.merging(plan.waiting) { $1 }, isActing: isActing)
        act(plan, pod, runtime, after: actions)
        await collectGarbage(pod, runtime)
        return false
    }

    /// Tells of a resize that was refused.
    private func tell(_ refusal: WaitingReason?, before: WaitingReason?, _ pod: Pod) {
        guard let refusal, refusal.reason != before?.reason else { return }
        services.events.warning(pod, "Resize\(refusal.reason)", refusal.message)
    }

    /// Tells of containers that have begun to wait.
    private func tell(_ plan: PodPlan, _ pod: Pod) {
        let fresh = state.withLock { state in
            defer { state.toldWaiting = Set(plan.waiting.keys) }
            return plan.waiting.filter { !state.toldWaiting.contains($0.key) }
        }
        for name in fresh.keys.sorted() {
            services.events.warning(
                pod, container: name, "BackOff",
                "Back-off restarting failed container \(name) in pod \(pod.formatted)")
        }
    }

    // MARK: Acting

    /// - actions: how often the worker had acted when the runtime was looked at.
    private func act(_ plan: PodPlan, _ pod: Pod, _ runtime: PodRuntime, after actions: Int) {
        if let wakeAfter = plan.wakeAfter { setAlarm(after: wakeAfter) }
        if let renewal = services.tokens.renewal(forPod: uid) {
            if renewal <= .seconds(1) {
                state.withLock { $0.wantsFreshVolumes = true }
            } else {
                setAlarm(after: renewal)
            }
        }
        let now = services.time.uptime
        state.withLock { state in
            guard state.acting == nil, state.actions == actions else { return }
            var plan = plan
            if !state.wantsFreshVolumes, let retryAt = state.retryAt, now < retryAt {
                // What failed a moment ago is not tried again before its time.
                guard !state.isStuck else { return }
                let failed = state.failures
                let isResizeBroken = state.resize.problem != nil
                plan.steps.removeAll {
                    switch $0 {
                    case .startContainer(let name, _): failed[name] != nil
                    case .resizeContainers: isResizeBroken
                    case _: false
                    }
                }
            }
            guard !plan.steps.isEmpty || state.wantsFreshVolumes || !state.hasMounted else { return }
            state.wantsFreshVolumes = false
            let steps = plan
            state.acting = Task { await self.acted(await self.actor.carryOut(steps, pod, runtime), steps, pod) }
        }
    }

    private func acted(_ outcome: PodOutcome, _ plan: PodPlan, _ pod: Pod) async {
        let now = services.time.now
        let pause: Duration? = state.withLock { state in
            state.acting = nil
            state.actions += 1
            if outcome.hasMounted { state.hasMounted = true }
            state.isStuck = outcome.isStuck
            for case .startContainer(let name, _) in plan.steps { state.failures[name] = outcome.failures[name] }
            state.resize.inForce.merge(outcome.resources) { $1 }
            state.resize.problem = outcome.resizeProblem
            for restart in outcome.restarts { state.backoff.tried(restart.key, since: restart.ended, now: now) }
            guard outcome.isStuck || !outcome.failures.isEmpty || outcome.resizeProblem != nil else {
                state.retries = 0
                return nil
            }
            defer { state.retries += 1 }
            if !outcome.hasMounted { return Self.mountRetry.delay(attempt: state.retries, random: services.random) }
            return pauseAfter(outcome, pod)
        }
        let retryAt = pause.map { services.time.uptime + $0 }
        state.withLock { $0.retryAt = retryAt }
        if let pause { setAlarm(after: pause) }
        wake()
    }

    /// How long to wait after a failure: pulls know their own time, and are soon told to wait.
    private func pauseAfter(_ outcome: PodOutcome, _ pod: Pod) -> Duration {
        guard !outcome.isStuck, !outcome.failures.isEmpty else { return Self.retryDelay }
        return outcome.failures.map { name, why in
            switch why.reason {
            case "ErrImagePull": Self.pullRetryDelay
            case "ImagePullBackOff":
                pod.container(named: name).flatMap { services.puller.remainingBackoff($0, of: pod) } ?? .zero
            default: Self.retryDelay
            }
        }.min() ?? Self.retryDelay
    }

    // MARK: Telling

    /// Writes the status that these facts amount to, and takes over what the server answers.
    ///
    /// - isActing: that a new spec was seen is told together with what comes of it, not in a write of its own: who
    ///   changed the spec often writes again at once, and would meet a conflict.
    func writeStatus(
        _ pod: Pod, _ runtime: PodRuntime, waiting: [String: WaitingReason] = [:], failure: WaitingReason? = nil,
        isFinished: Bool = false, isActing: Bool = false
    ) async throws {
        let (disruption, resize, isRejected) = state.withLock { ($0.disruption, $0.resize, $0.isRejected) }
        let facts = StatusFacts(
            runtime: runtime, now: services.time.now, probes: probes.findings, waiting: waiting,
            terminationMessages: TerminationMessages.read(runtime), hostIPs: services.configuration.nodeIPs,
            failure: failure, isFinished: isFinished, disruption: disruption, resize: resize, isRejected: isRejected)
        let status = PodStatusPlan.status(pod, facts)
        if isActing, !PodStatusPlan.saysMore(status, than: pod.status) { return }
        if pod.isStatic, let mirrors = services.staticPods {
            state.withLock { $0.pod.status = status }
            return await mirrors.write(status, of: pod)
        }
        do throws(StatusError) {
            guard let written = try await writer.write(status, of: pod) else {
                return objectRemoved()
            }
            state.withLock { state in
                state.statusFailures = 0
                if Self.version(written) > Self.version(state.pod) { state.pod = written }
            }
        } catch {
            let attempt = state.withLock { state in
                state.statusFailures += 1
                return state.statusFailures
            }
            setAlarm(after: Self.statusRetry.delay(attempt: attempt, random: services.random))
            services.logger.warning(
                "a pod's status could not be written", metadata: ["pod": "\(pod.formatted)", "error": "\(error)"])
            throw error
        }
    }

    func removeFromAPI(_ pod: Pod) async throws { try await writer.remove(pod) }

    // MARK: Time

    /// Wakes the worker after `delay`, or earlier if that was asked for before.
    func setAlarm(after delay: Duration) {
        let deadline = services.time.uptime + max(delay, .zero)
        state.withLock { state in
            if let earlier = state.alarmAt, earlier <= deadline { return }
            state.alarm?.cancel()
            state.alarmAt = deadline
            state.alarm = Task {
                // Cancelled: another alarm has taken its place, or the worker ends.
                guard (try? await self.services.time.sleep(until: deadline)) != nil else { return }
                self.state.withLock { if $0.alarmAt == deadline { $0.alarmAt = nil } }
                self.wake()
            }
        }
    }
}
