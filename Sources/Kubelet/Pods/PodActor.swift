internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel

/// What came of carrying out a plan.
struct PodOutcome: Sendable {
    /// Why containers could not be started, by name.
    var failures: [String: WaitingReason] = [:]
    /// Containers that were started and had ended before: key and end, for the back-off.
    var restarts: [(key: String, ended: Timestamp)] = []
    /// What is in force now, by the name of a container that was started or resized.
    var resources: [String: ResourceRequirements] = [:]
    /// Why containers could not be resized.
    var resizeProblem: String?
    /// The pod as a whole could not go on (volumes, sandbox); try again.
    var isStuck = false
    var hasMounted = false
}

/// Carries out the steps of a plan, one after the other.
struct PodActor: Sendable {
    let services: KubeletServices
    let starter: ContainerStarter
    let killer: PodKiller

    func carryOut(_ plan: PodPlan, _ pod: Pod, _ before: PodRuntime) async -> PodOutcome {
        var outcome = PodOutcome()
        var runtime = before
        let volumes: PodVolumes.Mounted
        do throws(VolumeFailure) {
            volumes = try await mount(pod, runtime)
            outcome.hasMounted = true
        } catch {
            services.events.warning(pod, "FailedMount", "\(error)")
            outcome.isStuck = true
            return outcome
        }
        for step in plan.steps {
            if Task.isCancelled { return outcome }
            switch step {
            case .killPod(let why):
                if runtime.sandboxes.first != nil, !plan.isFinished {
                    services.events.normal(pod, "SandboxChanged", why)
                }
                guard await killAll(pod, runtime) else {
                    outcome.isStuck = true
                    return outcome
                }
            case .createSandbox(let attempt):
                guard await createSandbox(pod, attempt: attempt), let fresh = await look(pod) else {
                    outcome.isStuck = true
                    return outcome
                }
                runtime = fresh
            case .killContainer(let id, _, let message, let reason):
                guard let container = runtime.containers.first(where: { $0.id == id }) else { continue }
                let grace = grace(of: pod, container.name, reason)
                await killer.kill(container, of: pod, runtime, grace: grace, message: message)
            case .startContainer(let name, let attempt):
                await start(name, attempt, pod, runtime, volumes, before, &outcome)
            case .resizeContainers(let resized):
                await resize(resized, pod, &outcome)
            }
        }
        return outcome
    }

    func mount(_ pod: Pod, _ runtime: PodRuntime) async throws(VolumeFailure) -> PodVolumes.Mounted {
        let source = VolumePayload(
            fields: services.fields(of: pod, podIPs: podIPs(pod, runtime)), source: services.objects,
            tokens: services.tokens)
        return try await volumes(of: pod).mount(pod, payload: source)
    }

    func volumes(of pod: Pod) -> PodVolumes {
        PodVolumes(
            directories: services.directories(of: pod), claims: VolumeClaims(client: services.client),
            mounts: services.mounts, random: services.random)
    }

    private func podIPs(_ pod: Pod, _ runtime: PodRuntime) -> [String] {
        pod.usesHostNetwork ? services.configuration.nodeIPs : runtime.readySandbox?.ips ?? []
    }

    private func look(_ pod: Pod) async -> PodRuntime? {
        // Failing to look is seen again, and logged, at the next sync.
        try? await PodRuntime.read(uid: pod.metadata.uid, from: services.runtime)
    }

    private func killAll(_ pod: Pod, _ runtime: PodRuntime) async -> Bool {
        do throws(RuntimeServiceError) {
            try await killer.killPod(pod, runtime, grace: .seconds(pod.gracePeriodSeconds))
            return true
        } catch {
            services.events.warning(pod, "FailedKillPod", "error killing pod: \(error.message)")
            return false
        }
    }

    private func createSandbox(_ pod: Pod, attempt: UInt32) async -> Bool {
        let config = services.sandboxes.config(pod, attempt: attempt)
        do {
            try HostFiles.makeDirectory(config.logDirectory)
            try makeCgroup(pod, config)
            _ = try await services.runtime.runPodSandbox(config, handler: try await runtimeHandler(of: pod))
            return true
        } catch {
            if Task.isCancelled { return false }
            let refusal = error as? RuntimeServiceError
            let why = refusal.map { "rpc error: code = Unknown desc = \($0.message)" } ?? "\(error)"
            services.events.warning(pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: \(why)")
            return false
        }
    }

    /// What the runtime calls the pod's RuntimeClass; empty for its default.
    private func runtimeHandler(of pod: Pod) async throws(StatusError) -> String {
        let name = pod.spec.runtimeClassName ?? ""
        let handler = name.isEmpty ? "" : try await services.client.get(RuntimeClass.self, name).handler
        // Nobody runs with the host's users who has asked not to.
        guard pod.spec.hostUsers != false else {
            throw .internalError("RuntimeClass handler \"\(handler)\" does not support user namespaces")
        }
        return handler
    }

    private func makeCgroup(_ pod: Pod, _ config: PodSandboxConfig) throws {
        guard let cgroups = services.cgroups, let limits = config.resources else { return }
        try cgroups.create(config.cgroupParent, CgroupPlan.limits(limits))
    }

    /// Gives running containers the limits that the pod was granted.
    private func resize(_ resized: [PodPlan.Resized], _ pod: Pod, _ outcome: inout PodOutcome) async {
        let parent = services.sandboxes.config(pod, attempt: 0)
        do {
            // While its containers change, the pod as a whole is not limited: a limit of theirs may exceed its old one.
            try services.cgroups?.update(parent.cgroupParent, CgroupLimits(cpuQuotaMicros: -1, memoryBytes: -1))
            for one in resized {
                guard let container = pod.container(named: one.name) else { continue }
                let memory = services.machine.capacity["memory"]?.value ?? 0
                var limits = ResourcePlan.resources(container, in: pod, memoryCapacity: memory)
                if limits.cpuQuotaMicros == 0 { limits.cpuQuotaMicros = -1 }
                // The kernel wants to hear of it at the start only.
                limits.oomScoreAdjust = 0
                try await services.runtime.updateContainerResources(one.id, limits)
                outcome.resources[one.name] = container.resources
            }
            if let limits = parent.resources {
                try services.cgroups?.update(parent.cgroupParent, CgroupPlan.limits(limits))
            }
            services.events.normal(pod, "ResizeCompleted", "Pod resize completed")
        } catch {
            let why = (error as? RuntimeServiceError)?.message ?? "\(error)"
            services.events.warning(pod, "ResizeError", "Pod resize error: \(why)")
            outcome.resizeProblem = why
        }
    }

    private func grace(of pod: Pod, _ name: String, _ reason: PodPlan.KillReason) -> Duration {
        let container = pod.container(named: name)
        let own: Int64? =
            switch reason {
            case .livenessProbe: container?.livenessProbe?.terminationGracePeriodSeconds
            case .startupProbe: container?.startupProbe?.terminationGracePeriodSeconds
            case .changed, .unknownState: nil
            }
        return .seconds(own ?? pod.gracePeriodSeconds)
    }

    private func start(
        _ name: String, _ attempt: Int, _ pod: Pod, _ runtime: PodRuntime, _ volumes: PodVolumes.Mounted,
        _ before: PodRuntime, _ outcome: inout PodOutcome
    ) async {
        guard let container = pod.container(named: name), let sandbox = runtime.readySandbox else { return }
        let place = ContainerStarter.Place(
            pod: pod, sandboxID: sandbox.id, sandboxConfig: services.sandboxes.config(pod, attempt: sandbox.attempt),
            podIPs: podIPs(pod, runtime), volumes: volumes.hostPaths, runtime: runtime)
        if let ended = before.newest(name)?.status.finishedAt {
            outcome.restarts.append((PodPlan.restartKey(pod, container), ended))
        }
        do throws(StartFailure) {
            _ = try await starter.start(container, attempt: attempt, in: place)
            outcome.resources[name] = container.resources
        } catch {
            outcome.failures[name] = error.waiting
        }
    }
}

/// From CRI's units to the kernel helper's.
enum CgroupPlan {
    static func limits(_ resources: LinuxResources) -> CgroupLimits {
        CgroupLimits(
            cpuShares: resources.cpuShares > 0 ? UInt64(resources.cpuShares) : nil,
            cpuQuotaMicros: resources.cpuQuotaMicros > 0 ? resources.cpuQuotaMicros : nil,
            cpuPeriodMicros: resources.cpuPeriodMicros > 0 ? UInt64(resources.cpuPeriodMicros) : nil,
            memoryBytes: resources.memoryLimitBytes > 0 ? resources.memoryLimitBytes : nil)
    }
}
