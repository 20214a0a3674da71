internal import CRIProtocol
internal import Determinism

extension CRIRuntime {
    package func version() async throws(RuntimeServiceError) -> RuntimeVersion {
        var request = Runtime_V1_VersionRequest()
        request.version = "v1"
        let answer: Runtime_V1_VersionResponse = try await call(.runtime, "Version", request)
        return RuntimeVersion(
            name: answer.runtimeName, version: answer.runtimeVersion, apiVersion: answer.runtimeApiVersion)
    }

    package func status() async throws(RuntimeServiceError) -> RuntimeStatus {
        let answer: Runtime_V1_StatusResponse = try await call(.runtime, "Status", Runtime_V1_StatusRequest())
        let conditions = answer.status.conditions.map {
            RuntimeStatus.Condition(type: $0.type, isTrue: $0.status, reason: $0.reason, message: $0.message)
        }
        return RuntimeStatus(conditions: conditions, handlers: answer.runtimeHandlers.map(\.name))
    }

    package func runPodSandbox(
        _ config: PodSandboxConfig, handler: String
    ) async throws(RuntimeServiceError) -> String {
        var request = Runtime_V1_RunPodSandboxRequest()
        request.config = Runtime_V1_PodSandboxConfig(config)
        request.runtimeHandler = handler
        let answer: Runtime_V1_RunPodSandboxResponse = try await call(
            .runtime, "RunPodSandbox", request, timeout: Self.sandboxTimeout)
        return answer.podSandboxID
    }

    package func stopPodSandbox(_ id: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_StopPodSandboxRequest()
        request.podSandboxID = id
        _ = try await call(
            .runtime, "StopPodSandbox", request, returning: Runtime_V1_StopPodSandboxResponse.self,
            timeout: Self.sandboxTimeout)
    }

    package func removePodSandbox(_ id: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_RemovePodSandboxRequest()
        request.podSandboxID = id
        _ = try await call(
            .runtime, "RemovePodSandbox", request, returning: Runtime_V1_RemovePodSandboxResponse.self,
            timeout: Self.sandboxTimeout)
    }

    package func podSandboxStatus(_ id: String) async throws(RuntimeServiceError) -> PodSandboxStatus {
        var request = Runtime_V1_PodSandboxStatusRequest()
        request.podSandboxID = id
        let answer: Runtime_V1_PodSandboxStatusResponse = try await call(.runtime, "PodSandboxStatus", request)
        return PodSandboxStatus(answer.status)
    }

    package func listPodSandboxes(_ filter: PodSandboxFilter) async throws(RuntimeServiceError) -> [PodSandbox] {
        var request = Runtime_V1_ListPodSandboxRequest()
        request.filter.id = filter.id ?? ""
        if let state = filter.state {
            request.filter.state.state = state == .ready ? .sandboxReady : .sandboxNotready
        }
        request.filter.labelSelector = filter.labels
        let answer: Runtime_V1_ListPodSandboxResponse = try await call(.runtime, "ListPodSandbox", request)
        return answer.items.map { PodSandbox($0) }
    }

    package func portForward(_ sandboxID: String, ports: [Int32]) async throws(RuntimeServiceError) -> String {
        var request = Runtime_V1_PortForwardRequest()
        request.podSandboxID = sandboxID
        request.port = ports
        let answer: Runtime_V1_PortForwardResponse = try await call(.runtime, "PortForward", request)
        return answer.url
    }
}
