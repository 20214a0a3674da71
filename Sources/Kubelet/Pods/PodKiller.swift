internal import APITypes
internal import ContainerRuntime
internal import Determinism
internal import Logging

/// Ends containers: hook, stop signal, time to obey, kill.
struct PodKiller: Sendable {
    /// The least that a container gets after its hook has used up the time.
    static let graceMin = Duration.seconds(2)

    let services: KubeletServices
    let hooks: LifecycleHooks

    /// Ends everything of the pod: containers together, then sidecars in reverse order, then sandboxes.
    func killPod(_ pod: Pod, _ runtime: PodRuntime, grace: Duration) async throws(RuntimeServiceError) {
        let begin = services.time.uptime
        let sidecars = pod.spec.initContainers.filter(Pod.isSidecar).map(\.name)
        let running = runtime.containers.filter { $0.state == .running || $0.state == .unknown }
        await withTaskGroup(of: Void.self) { group in
            for container in running where !sidecars.contains(container.name) {
                group.addTask { await kill(container, of: pod, runtime, grace: grace) }
            }
        }
        for name in sidecars.reversed() {
            guard let sidecar = running.first(where: { $0.name == name }) else { continue }
            let left = max(grace - (services.time.uptime - begin), grace == .zero ? .zero : Self.graceMin)
            await kill(sidecar, of: pod, runtime, grace: left)
        }
        for sandbox in runtime.sandboxes where sandbox.isReady {
            try await services.runtime.stopPodSandbox(sandbox.id)
        }
    }

    /// Ends one container. What fails is logged and seen again at the next look.
    func kill(
        _ container: PodRuntime.Container, of pod: Pod, _ runtime: PodRuntime, grace: Duration, message: String? = nil
    ) async {
        services.events.normal(
            pod, container: container.name, "Killing", message ?? "Stopping container \(container.name)")
        var grace = grace
        if let spec = pod.container(named: container.name), let hook = spec.lifecycle?.preStop, grace > .zero {
            let begin = services.time.uptime
            let podIP = runtime.readySandbox?.ips.first ?? services.configuration.nodeIPs.first ?? ""
            if await hooks.run(hook, spec, id: container.id, podIP: podIP, limit: grace) != nil {
                services.events.warning(pod, container: container.name, "FailedPreStopHook", "PreStopHook failed")
            }
            grace = max(grace - (services.time.uptime - begin), Self.graceMin)
        }
        do throws(RuntimeServiceError) {
            try await services.runtime.stopContainer(container.id, timeout: grace)
        } catch {
            services.logger.warning(
                "a container did not stop", metadata: ["container": "\(container.id)", "error": "\(error)"])
        }
    }
}
