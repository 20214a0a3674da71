internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism

/// Brings one container to life: image, configuration, creation, start, first hook.
struct ContainerStarter: Sendable {
    /// Mode of the file that a container may leave its last words in, whoever it runs as.
    static let terminationLogMode: UInt32 = 0o666

    let services: KubeletServices
    let hooks: LifecycleHooks

    struct Place: Sendable {
        var pod: Pod
        var sandboxID: String
        var sandboxConfig: PodSandboxConfig
        var podIPs: [String]
        /// Volume names to paths.
        var volumes: [String: String]
        var runtime: PodRuntime
    }

    /// Returns the id of the container that now runs.
    func start(_ container: Container, attempt: Int, in place: Place) async throws(StartFailure) -> String {
        let pod = place.pod
        let keyring = try await pullKeyring(pod)
        let image = try await services.puller.ensure(container, of: pod, keyring: keyring)
        let config = try await configure(container, attempt: attempt, image: image, in: place)
        let id = try await create(container, config, in: place)
        do throws(RuntimeServiceError) {
            try await services.runtime.startContainer(id)
        } catch {
            services.events.warning(pod, container: container.name, "Failed", "Error: \(error.message)")
            throw StartFailure("RunContainerError", error.message)
        }
        services.events.normal(pod, container: container.name, "Started", "Container started")
        guard let hook = container.lifecycle?.postStart else { return id }
        if let problem = await hooks.run(hook, container, id: id, podIP: place.podIPs.first ?? "", limit: nil) {
            services.events.warning(pod, container: container.name, "FailedPostStartHook", "PostStartHook failed")
            services.events.normal(pod, container: container.name, "Killing", "FailedPostStartHook")
            // The container that failed is stopped as well as can be; the next sync sees what became of it.
            try? await services.runtime.stopContainer(id, timeout: .seconds(pod.gracePeriodSeconds))
            throw StartFailure("PostStartHookError", problem)
        }
        return id
    }

    private func pullKeyring(_ pod: Pod) async throws(StartFailure) -> RegistryKeyring {
        var secrets: [Secret] = []
        for reference in pod.spec.imagePullSecrets {
            // A secret that is not there does not stop the pull: the image may be public, or here.
            if let secret = try? await services.objects.secret(reference.name, namespace: pod.metadata.namespace) {
                secrets.append(secret)
            }
        }
        return RegistryKeyring(secrets)
    }

    private func configure(
        _ container: Container, attempt: Int, image: RuntimeImage, in place: Place
    ) async throws(StartFailure) -> ContainerConfig {
        let pod = place.pod
        do {
            let environment = EnvironmentPlan(
                fields: services.fields(of: pod, podIPs: place.podIPs), services: services.services.list(),
                source: services.objects)
            let variables = try await environment.variables(of: container)
            let plan = MountPlan(
                pod: pod, container: container, directories: services.directories(of: pod), volumes: place.volumes,
                variables: variables)
            var mounts = try plan.mounts(with: services.mounts)
            try addHostsFile(&mounts, pod, podIPs: place.podIPs)
            try addTerminationLog(&mounts, container, pod)
            let target = pod.spec.ephemeralContainers.first { $0.name == container.name }?.targetContainerName ?? ""
            let builder = ContainerConfigPlan(
                pod: pod, container: container, attempt: attempt, variables: variables, mounts: mounts, image: image,
                targetID: target.isEmpty ? "" : place.runtime.newest(target)?.id ?? "",
                memoryCapacity: services.machine.capacity["memory"]?.value ?? 0)
            return try builder.config()
        } catch {
            services.events.warning(pod, container: container.name, "Failed", "Error: \(error)")
            throw StartFailure("CreateContainerConfigError", "\(error)")
        }
    }

    private func create(
        _ container: Container, _ config: ContainerConfig, in place: Place
    ) async throws(StartFailure) -> String {
        let directory = "\(place.sandboxConfig.logDirectory)/\(container.name)"
        do {
            try HostFiles.makeDirectory(directory)
            let id = try await services.runtime.createContainer(
                in: place.sandboxID, config, sandboxConfig: place.sandboxConfig)
            services.events.normal(place.pod, container: container.name, "Created", "Container created")
            return id
        } catch {
            let message = (error as? RuntimeServiceError)?.message ?? "\(error)"
            services.events.warning(place.pod, container: container.name, "Failed", "Error: \(message)")
            throw StartFailure("CreateContainerError", message)
        }
    }

    private func addHostsFile(_ mounts: inout [ContainerMount], _ pod: Pod, podIPs: [String]) throws {
        guard !mounts.contains(where: { $0.containerPath == "/etc/hosts" }), !podIPs.isEmpty else { return }
        let directories = services.directories(of: pod)
        let text: String
        if pod.usesHostNetwork {
            text = PodHostname.hostsFile(host: HostFiles.text("/etc/hosts") ?? "", aliases: pod.spec.hostAliases)
        } else {
            text = PodHostname(pod, clusterDomain: services.configuration.clusterDomain).hostsFile(
                ips: podIPs, aliases: pod.spec.hostAliases)
        }
        try HostFiles.makeDirectory(directories.pod, mode: 0o750)
        try HostFiles.write(directories.hostsFile, Array(text.utf8))
        mounts.append(ContainerMount(containerPath: "/etc/hosts", hostPath: directories.hostsFile))
    }

    private func addTerminationLog(_ mounts: inout [ContainerMount], _ container: Container, _ pod: Pod) throws {
        guard !container.terminationMessagePath.isEmpty else { return }
        let directory = services.directories(of: pod).container(container.name)
        try HostFiles.makeDirectory(directory, mode: 0o750)
        let path = "\(directory)/\(services.random.nameSuffix(8))"
        try HostFiles.write(path, [], mode: Self.terminationLogMode)
        mounts.append(ContainerMount(containerPath: container.terminationMessagePath, hostPath: path))
    }
}
