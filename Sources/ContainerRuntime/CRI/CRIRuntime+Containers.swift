internal import CRIProtocol
internal import Determinism

extension CRIRuntime {
    package func createContainer(
        in sandboxID: String, _ config: ContainerConfig, sandboxConfig: PodSandboxConfig
    ) async throws(RuntimeServiceError) -> String {
        var request = Runtime_V1_CreateContainerRequest()
        request.podSandboxID = sandboxID
        request.config = Runtime_V1_ContainerConfig(config)
        request.sandboxConfig = Runtime_V1_PodSandboxConfig(sandboxConfig)
        let answer: Runtime_V1_CreateContainerResponse = try await call(.runtime, "CreateContainer", request)
        return answer.containerID
    }

    package func startContainer(_ id: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_StartContainerRequest()
        request.containerID = id
        _ = try await call(
            .runtime, "StartContainer", request, returning: Runtime_V1_StartContainerResponse.self)
    }

    package func stopContainer(_ id: String, timeout: Duration) async throws(RuntimeServiceError) {
        var request = Runtime_V1_StopContainerRequest()
        request.containerID = id
        request.timeout = timeout.wholeSecondsUp
        _ = try await call(
            .runtime, "StopContainer", request, returning: Runtime_V1_StopContainerResponse.self,
            timeout: timeout + Self.callTimeout)
    }

    package func removeContainer(_ id: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_RemoveContainerRequest()
        request.containerID = id
        _ = try await call(
            .runtime, "RemoveContainer", request, returning: Runtime_V1_RemoveContainerResponse.self)
    }

    package func containerStatus(_ id: String) async throws(RuntimeServiceError) -> RuntimeContainerStatus {
        var request = Runtime_V1_ContainerStatusRequest()
        request.containerID = id
        let answer: Runtime_V1_ContainerStatusResponse = try await call(.runtime, "ContainerStatus", request)
        return RuntimeContainerStatus(answer.status)
    }

    package func listContainers(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [RuntimeContainer] {
        var request = Runtime_V1_ListContainersRequest()
        request.filter.id = filter.id ?? ""
        request.filter.podSandboxID = filter.sandboxID ?? ""
        if let state = filter.state { request.filter.state.state = Runtime_V1_ContainerState(state) }
        request.filter.labelSelector = filter.labels
        let answer: Runtime_V1_ListContainersResponse = try await call(.runtime, "ListContainers", request)
        return answer.containers.map { RuntimeContainer($0) }
    }

    package func updateContainerResources(
        _ id: String, _ resources: LinuxResources
    ) async throws(RuntimeServiceError) {
        var request = Runtime_V1_UpdateContainerResourcesRequest()
        request.containerID = id
        request.linux = Runtime_V1_LinuxContainerResources(resources)
        _ = try await call(
            .runtime, "UpdateContainerResources", request,
            returning: Runtime_V1_UpdateContainerResourcesResponse.self)
    }

    package func reopenContainerLog(_ id: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_ReopenContainerLogRequest()
        request.containerID = id
        _ = try await call(
            .runtime, "ReopenContainerLog", request, returning: Runtime_V1_ReopenContainerLogResponse.self)
    }

    package func execSync(
        _ id: String, command: [String], timeout: Duration?
    ) async throws(RuntimeServiceError) -> ExecResult {
        var request = Runtime_V1_ExecSyncRequest()
        request.containerID = id
        request.cmd = command
        request.timeout = timeout?.wholeSecondsUp ?? 0
        let answer: Runtime_V1_ExecSyncResponse = try await call(
            .runtime, "ExecSync", request, timeout: timeout.map { $0 + Self.callTimeout })
        return ExecResult(stdout: Array(answer.stdout), stderr: Array(answer.stderr), exitCode: answer.exitCode)
    }

    package func exec(_ request: ExecStreamRequest) async throws(RuntimeServiceError) -> String {
        var message = Runtime_V1_ExecRequest()
        message.containerID = request.containerID
        message.cmd = request.command
        message.tty = request.tty
        message.stdin = request.stdin
        message.stdout = request.stdout
        message.stderr = request.stderr
        let answer: Runtime_V1_ExecResponse = try await call(.runtime, "Exec", message)
        return answer.url
    }

    package func attach(_ request: AttachStreamRequest) async throws(RuntimeServiceError) -> String {
        var message = Runtime_V1_AttachRequest()
        message.containerID = request.containerID
        message.tty = request.tty
        message.stdin = request.stdin
        message.stdout = request.stdout
        message.stderr = request.stderr
        let answer: Runtime_V1_AttachResponse = try await call(.runtime, "Attach", message)
        return answer.url
    }
}

extension Duration {
    /// Whole seconds, rounded up: CRI knows no smaller unit.
    var wholeSecondsUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
