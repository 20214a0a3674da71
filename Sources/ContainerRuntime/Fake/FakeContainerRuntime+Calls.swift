internal import Determinism

extension FakeContainerRuntime {
    package func version() async throws(RuntimeServiceError) -> RuntimeVersion {
        try answer(.version) { _, _ throws(RuntimeServiceError) in
            RuntimeVersion(name: "fake", version: "1.0.0", apiVersion: "v1")
        }
    }

    package func status() async throws(RuntimeServiceError) -> RuntimeStatus {
        try answer(.status) { state, _ throws(RuntimeServiceError) in state.runtimeStatus }
    }

    // MARK: Sandboxes

    package func runPodSandbox(
        _ config: PodSandboxConfig, handler: String
    ) async throws(RuntimeServiceError) -> String {
        try answer(.runPodSandbox, config.metadata.name) { state, now throws(RuntimeServiceError) in
            if state.sandboxes.values.contains(where: { $0.config.metadata == config.metadata }) {
                throw RuntimeServiceError(.alreadyExists, "sandbox for pod \(config.metadata.name) is reserved")
            }
            let number = state.nextSandboxNumber()
            let id = "sandbox-\(number)"
            let sandbox = PodSandbox(
                id: id, metadata: config.metadata, state: .ready, createdAt: now, labels: config.labels,
                annotations: config.annotations, handler: handler)
            let onHostNetwork = config.security.namespaces.network == .node
            let status = PodSandboxStatus(
                sandbox: sandbox, ips: onHostNetwork ? [] : [nextAddress(number)],
                namespaces: config.security.namespaces)
            state.sandboxes[id] = FakeRuntimeState.Sandbox(config: config, status: status)
            state.post(.created, id, at: now)
            state.post(.started, id, at: now)
            return id
        }
    }

    package func stopPodSandbox(_ id: String) async throws(RuntimeServiceError) {
        try answer(.stopPodSandbox, id) { state, now throws(RuntimeServiceError) in
            state.stopSandbox(id, code: 0, at: now)
        }
    }

    package func removePodSandbox(_ id: String) async throws(RuntimeServiceError) {
        try answer(.removePodSandbox, id) { state, now throws(RuntimeServiceError) in
            state.stopSandbox(id, code: 137, at: now)
            for (containerID, container) in state.containers where container.sandboxID == id {
                state.containers[containerID] = nil
                state.post(.deleted, containerID, at: now)
            }
            if state.sandboxes.removeValue(forKey: id) != nil { state.post(.deleted, id, at: now) }
        }
    }

    package func podSandboxStatus(_ id: String) async throws(RuntimeServiceError) -> PodSandboxStatus {
        try answer(.podSandboxStatus, id) { state, _ throws(RuntimeServiceError) in
            guard let sandbox = state.sandboxes[id] else {
                throw RuntimeServiceError(.notFound, "sandbox \(id) not found")
            }
            return sandbox.status
        }
    }

    package func listPodSandboxes(_ filter: PodSandboxFilter) async throws(RuntimeServiceError) -> [PodSandbox] {
        try answer(.listPodSandboxes) { state, _ throws(RuntimeServiceError) in
            state.sandboxes.values.map(\.status.sandbox).filter { filter.matches($0) }.sorted { $0.id < $1.id }
        }
    }

    package func portForward(_ sandboxID: String, ports: [Int32]) async throws(RuntimeServiceError) -> String {
        try answer(.portForward, sandboxID) { state, _ throws(RuntimeServiceError) in
            guard state.sandboxes[sandboxID]?.status.sandbox.state == .ready else {
                throw RuntimeServiceError(.notFound, "sandbox \(sandboxID) not found")
            }
            return "http://127.0.0.1:1/portforward/\(sandboxID)"
        }
    }

    // MARK: Containers

    package func createContainer(
        in sandboxID: String, _ config: ContainerConfig, sandboxConfig: PodSandboxConfig
    ) async throws(RuntimeServiceError) -> String {
        try answer(.createContainer, config.metadata.name) { state, now throws(RuntimeServiceError) in
            guard let sandbox = state.sandboxes[sandboxID], sandbox.status.sandbox.state == .ready else {
                throw RuntimeServiceError(.notFound, "sandbox \(sandboxID) not found")
            }
            guard let image = state.image(config.image) else {
                throw RuntimeServiceError(.notFound, "failed to resolve image \"\(config.image)\": not found")
            }
            let isTaken = state.containers.values.contains {
                $0.sandboxID == sandboxID && $0.config.metadata == config.metadata
            }
            if isTaken { throw RuntimeServiceError(.alreadyExists, "container \(config.metadata.name) is reserved") }
            let id = "container-\(state.nextContainerNumber())"
            var status = RuntimeContainerStatus(
                id: id, metadata: config.metadata, state: .created, createdAt: now, image: config.image,
                imageRef: image.id)
            status.labels = config.labels
            status.annotations = config.annotations
            status.mounts = config.mounts
            status.resources = config.resources
            if !config.logPath.isEmpty { status.logPath = "\(sandbox.config.logDirectory)/\(config.logPath)" }
            state.containers[id] = FakeRuntimeState.Container(sandboxID: sandboxID, config: config, status: status)
            state.post(.created, id, at: now)
            return id
        }
    }

    package func startContainer(_ id: String) async throws(RuntimeServiceError) {
        try answer(.startContainer, id) { state, now throws(RuntimeServiceError) in
            guard let container = state.containers[id] else { throw Self.noContainer(id) }
            guard container.status.state == .created else {
                throw RuntimeServiceError(.failedPrecondition, "container \(id) is in state \(container.status.state)")
            }
            state.containers[id]?.status.state = .running
            state.containers[id]?.status.startedAt = now
            state.post(.started, id, at: now)
        }
    }

    package func stopContainer(_ id: String, timeout: Duration) async throws(RuntimeServiceError) {
        try answer(.stopContainer, id) { state, now throws(RuntimeServiceError) in
            guard state.containers[id]?.status.state == .running else { return }
            state.finish(id, code: timeout > .zero ? 143 : 137, reason: nil, at: now)
        }
    }

    package func removeContainer(_ id: String) async throws(RuntimeServiceError) {
        try answer(.removeContainer, id) { state, now throws(RuntimeServiceError) in
            if state.containers.removeValue(forKey: id) != nil { state.post(.deleted, id, at: now) }
        }
    }

    package func containerStatus(_ id: String) async throws(RuntimeServiceError) -> RuntimeContainerStatus {
        try answer(.containerStatus, id) { state, _ throws(RuntimeServiceError) in
            guard let container = state.containers[id] else { throw Self.noContainer(id) }
            return container.status
        }
    }

    package func listContainers(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [RuntimeContainer] {
        try answer(.listContainers) { state, _ throws(RuntimeServiceError) in
            state.containers.values.map { state.row($0) }.filter { filter.matches($0) }.sorted { $0.id < $1.id }
        }
    }

    package func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws(RuntimeServiceError) {
        try answer(.updateContainerResources, id) { state, _ throws(RuntimeServiceError) in
            guard state.containers[id] != nil else { throw Self.noContainer(id) }
            state.containers[id]?.status.resources = resources
        }
    }

    package func reopenContainerLog(_ id: String) async throws(RuntimeServiceError) {
        try answer(.reopenContainerLog, id) { state, _ throws(RuntimeServiceError) in _ = try Self.running(id, state) }
    }

    package func execSync(
        _ id: String, command: [String], timeout: Duration?
    ) async throws(RuntimeServiceError) -> ExecResult {
        let (handler, container) = try answer(.execSync, id) { state, _ throws(RuntimeServiceError) in
            (state.execHandler, state.row(try Self.running(id, state)))
        }
        return try handler(container, command)
    }

    package func exec(_ request: ExecStreamRequest) async throws(RuntimeServiceError) -> String {
        try answer(.exec, request.containerID) { state, _ throws(RuntimeServiceError) in
            _ = try Self.running(request.containerID, state)
            return "http://127.0.0.1:1/exec/\(request.containerID)"
        }
    }

    package func attach(_ request: AttachStreamRequest) async throws(RuntimeServiceError) -> String {
        try answer(.attach, request.containerID) { state, _ throws(RuntimeServiceError) in
            _ = try Self.running(request.containerID, state)
            return "http://127.0.0.1:1/attach/\(request.containerID)"
        }
    }

    // MARK: Images

    package func listImages() async throws(RuntimeServiceError) -> [RuntimeImage] {
        try answer(.listImages) { state, _ throws(RuntimeServiceError) in state.images.values.sorted { $0.id < $1.id } }
    }

    package func imageStatus(_ reference: String) async throws(RuntimeServiceError) -> RuntimeImage? {
        try answer(.imageStatus, reference) { state, _ throws(RuntimeServiceError) in state.image(reference) }
    }

    package func pullImage(
        _ reference: String, credentials: RegistryCredentials?
    ) async throws(RuntimeServiceError) -> String {
        try answer(.pullImage, reference) { state, _ throws(RuntimeServiceError) in
            if let known = state.image(reference) { return known.id }
            guard state.acceptsAnyImage else {
                throw RuntimeServiceError(.notFound, "failed to resolve reference \"\(reference)\": not found")
            }
            return state.addImage(reference, sizeBytes: 1_000_000, user: "").id
        }
    }

    package func removeImage(_ reference: String) async throws(RuntimeServiceError) {
        try answer(.removeImage, reference) { state, _ throws(RuntimeServiceError) in
            if let image = state.image(reference) { state.images[image.id] = nil }
        }
    }

    package func imageFilesystems() async throws(RuntimeServiceError) -> [FilesystemUsage] {
        try answer(.imageFilesystems) { state, now throws(RuntimeServiceError) in
            let bytes = state.images.values.reduce(0) { $0 + $1.sizeBytes }
            return [
                FilesystemUsage(time: now, mountPoint: "/", usedBytes: bytes, usedInodes: UInt64(state.images.count))
            ]
        }
    }

    // MARK: Usage

    package func containerStats(_ id: String) async throws(RuntimeServiceError) -> ContainerUsage {
        try answer(.containerStats, id) { state, _ throws(RuntimeServiceError) in
            state.usage(try Self.running(id, state))
        }
    }

    package func listContainerStats(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [ContainerUsage] {
        try answer(.listContainerStats) { state, _ throws(RuntimeServiceError) in
            state.containers.values
                .filter { $0.status.state == .running && filter.matches(state.row($0)) }
                .map { state.usage($0) }.sorted { $0.id < $1.id }
        }
    }

    package func podSandboxStats(_ id: String) async throws(RuntimeServiceError) -> PodSandboxUsage {
        try answer(.podSandboxStats, id) { state, _ throws(RuntimeServiceError) in
            guard let sandbox = state.sandboxes[id] else {
                throw RuntimeServiceError(.notFound, "sandbox \(id) not found")
            }
            let containers = state.containers.values.filter { $0.sandboxID == id && $0.status.state == .running }
            return PodSandboxUsage(
                id: id, metadata: sandbox.config.metadata,
                containers: containers.map { state.usage($0) }.sorted { $0.id < $1.id })
        }
    }

    private static func noContainer(_ id: String) -> RuntimeServiceError {
        RuntimeServiceError(.notFound, "container \"\(id)\" not found")
    }

    private static func running(
        _ id: String, _ state: FakeRuntimeState
    ) throws(RuntimeServiceError) -> FakeRuntimeState.Container {
        guard let container = state.containers[id] else { throw noContainer(id) }
        guard container.status.state == .running else {
            throw RuntimeServiceError(.failedPrecondition, "container \(id) is in state \(container.status.state)")
        }
        return container
    }
}
