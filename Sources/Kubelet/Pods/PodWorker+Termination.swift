internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import Synchronization

/// The end of a pod: containers, sandbox, volumes, final status, farewell.
extension PodWorker {
    /// One look at a pod that must end. True when nothing of it is left.
    func terminate(_ snapshot: State, _ runtime: PodRuntime) async throws -> Bool {
        let pod = snapshot.pod
        snapshot.acting?.cancel()
        probes.stopForTermination()
        let isAnythingLeft = runtime.hasRunningContainers || runtime.sandboxes.contains(where: \.isReady)
        if isAnythingLeft || snapshot.acting != nil {
            if snapshot.acting == nil { kill(snapshot, runtime) }
            if !snapshot.isRemoved { try await writeStatus(pod, runtime) }
            return false
        }
        if !snapshot.isFinalized { try await finalize(snapshot, runtime) }
        if state.withLock({ $0.isRemoved }) {
            try await removeAll(pod, runtime)
            return true
        }
        if pod.metadata.deletionTimestamp != nil { try await removeFromAPI(pod) }
        return false
    }

    /// Begins to kill, or to kill faster than before.
    private func kill(_ snapshot: State, _ runtime: PodRuntime) {
        let pod = snapshot.pod
        let grace = snapshot.failureGrace ?? .seconds(pod.gracePeriodSeconds)
        state.withLock { state in
            if let killing = state.killing, killing.grace <= grace { return }
            state.killing?.task.cancel()
            let task = Task {
                do throws(RuntimeServiceError) {
                    try await self.actor.killer.killPod(pod, runtime, grace: grace)
                } catch {
                    self.services.logger.warning(
                        "a pod could not be killed", metadata: ["pod": "\(pod.formatted)", "error": "\(error)"])
                    self.setAlarm(after: Self.retryDelay)
                }
                self.state.withLock { if $0.killing?.grace == grace { $0.killing = nil } }
                self.wake()
            }
            state.killing = (task, grace)
        }
    }

    /// Gives back what the pod had of this machine, and tells how it ended.
    private func finalize(_ snapshot: State, _ runtime: PodRuntime) async throws {
        let pod = snapshot.pod
        probes.stop()
        if !snapshot.isRemoved {
            // Before the volumes go: last words may lie there.
            try await writeStatus(pod, runtime, failure: snapshot.failure, isFinished: true)
        }
        try actor.volumes(of: pod).unmount()
        removeCgroup(of: pod)
        services.objects.setReferences([], ofPod: uid)
        services.tokens.forget(uid)
        state.withLock { $0.isFinalized = true }
    }

    private func removeCgroup(of pod: Pod) {
        let path = services.sandboxes.config(pod, attempt: 0).cgroupParent
        do {
            try services.cgroups?.remove(path)
        } catch {
            // The runtime may not have let go of it yet; an empty group costs little and is taken over if need be.
            services.logger.debug("a cgroup stays", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// Removes sandboxes, containers and logs of a pod that is gone from the API.
    private func removeAll(_ pod: Pod, _ runtime: PodRuntime) async throws {
        for container in runtime.containers { try await services.runtime.removeContainer(container.id) }
        for sandbox in runtime.sandboxes {
            try await services.runtime.stopPodSandbox(sandbox.id)
            try await services.runtime.removePodSandbox(sandbox.id)
        }
        try HostFiles.remove(SandboxPlan.logDirectory(pod, root: services.configuration.podLogsDirectory))
    }

    /// Keeps the newest dead container of each name, for `logs --previous`, and no sandbox but the newest.
    func collectGarbage(_ pod: Pod, _ runtime: PodRuntime) async {
        guard state.withLock({ $0.acting == nil }) else { return }
        var dead: [PodRuntime.Container] = []
        for name in Set(runtime.containers.map(\.name)) {
            let ended = runtime.containers.filter { $0.name == name && ($0.state == .exited || $0.state == .unknown) }
            let isNewestRunning = runtime.newest(name).map { $0.state == .running || $0.state == .created } ?? false
            dead += ended.dropFirst(isNewestRunning ? 1 : 2)
        }
        let busy = Set(runtime.containers.filter { old in !dead.contains { $0.id == old.id } }.map(\.sandboxID))
        do throws(RuntimeServiceError) {
            for container in dead {
                try await services.runtime.removeContainer(container.id)
                removeLog(of: container)
            }
            for sandbox in runtime.sandboxes.dropFirst() where !sandbox.isReady && !busy.contains(sandbox.id) {
                try await services.runtime.removePodSandbox(sandbox.id)
            }
        } catch {
            services.logger.debug("garbage stays", metadata: ["pod": "\(pod.formatted)", "error": "\(error)"])
        }
    }

    private func removeLog(of container: PodRuntime.Container) {
        guard !container.status.logPath.isEmpty else { return }
        do {
            try HostFiles.remove(container.status.logPath)
        } catch {
            services.logger.debug(
                "a log stays", metadata: ["path": "\(container.status.logPath)", "error": "\(error)"])
        }
    }
}
