package import Determinism
internal import Synchronization

/// A container runtime that only remembers: for tests, and for nodes that pretend to run pods.
///
/// Containers run until ``exit(_:code:reason:)`` says otherwise. Ids count up, so a test can foretell them:
/// sandboxes are `sandbox-1`, ..., containers `container-1`, ...
package final class FakeContainerRuntime: ContainerRuntime {
    /// What a test may make fail.
    package enum Call: String, Sendable, Hashable {
        case version, status, runPodSandbox, stopPodSandbox, removePodSandbox, podSandboxStatus, listPodSandboxes
        case createContainer, startContainer, stopContainer, removeContainer, containerStatus, listContainers
        case updateContainerResources, reopenContainerLog, execSync, exec, attach, portForward
        case listImages, imageStatus, pullImage, removeImage, imageFilesystems
        case containerStats, listContainerStats, podSandboxStats
    }

    /// Answers `execSync`: container and command in, result out.
    package typealias ExecHandler = @Sendable (RuntimeContainer, [String]) throws(RuntimeServiceError) -> ExecResult

    /// Events that a slow reader may leave unread before the oldest are dropped.
    static let eventBufferLimit = 10_000
    /// Calls that are remembered for tests before the memory starts anew.
    static let callLogLimit = 100_000

    let time: any Timekeeper
    private let addressPrefix: String
    private let state: Mutex<FakeRuntimeState>

    /// `addressPrefix` begins the pods' addresses: `10.88` leads to 10.88.0.2 and so on. With `acceptsAnyImage`
    /// every pull succeeds; without it only of what ``addImage(_:sizeBytes:)`` was told.
    package init(time: any Timekeeper, addressPrefix: String = "10.88", acceptsAnyImage: Bool = true) {
        self.time = time
        self.addressPrefix = addressPrefix
        state = Mutex(FakeRuntimeState(acceptsAnyImage: acceptsAnyImage))
    }

    // MARK: What tests do to it

    /// Ends a running container, as if its process had returned `code`.
    package func exit(_ containerID: String, code: Int32, reason: String? = nil) {
        change { state, now in
            guard state.containers[containerID]?.status.state == .running else { return }
            state.finish(containerID, code: code, reason: reason, at: now)
        }
    }

    /// Ends a running container as the kernel does when memory is short.
    package func killForMemory(_ containerID: String) {
        change { state, now in
            guard state.containers[containerID]?.status.state == .running else { return }
            state.post(.outOfMemory, containerID, at: now)
            state.finish(containerID, code: 137, reason: "OOMKilled", at: now)
        }
    }

    /// The sandbox dies with all that is in it, as when somebody kills `pause`.
    package func killSandbox(_ sandboxID: String) {
        change { state, now in state.stopSandbox(sandboxID, code: 137, at: now) }
    }

    /// Tells all readers of events to list everything, as after a lost connection.
    package func reconnect() {
        change { state, now in state.post(.resync, "", at: now) }
    }

    /// Makes an image local; it answers to `name` and to the id that is returned.
    @discardableResult
    package func addImage(_ name: String, sizeBytes: UInt64 = 1_000_000, user: String = "") -> String {
        change { state, _ in state.addImage(name, sizeBytes: sizeBytes, user: user).id }
    }

    /// Lets the next `times` calls of this kind fail.
    package func fail(_ call: Call, with error: RuntimeServiceError, times: Int = 1) {
        change { state, _ in state.failures[call] = Array(repeating: error, count: times) }
    }

    package func onExec(_ handler: @escaping ExecHandler) {
        change { state, _ in state.execHandler = handler }
    }

    package func setUsage(_ containerID: String, cpu: CPUUsage?, memory: MemoryUsage?) {
        change { state, _ in
            state.containers[containerID]?.cpu = cpu
            state.containers[containerID]?.memory = memory
        }
    }

    package func setStatus(_ status: RuntimeStatus) {
        change { state, _ in state.runtimeStatus = status }
    }

    /// What was called so far, in order, such as `startContainer container-1`.
    package var calls: [String] { state.withLock { $0.calls } }

    /// What a container was created from.
    package func config(ofContainer id: String) -> ContainerConfig? { state.withLock { $0.containers[id]?.config } }

    /// What a sandbox was made from.
    package func config(ofSandbox id: String) -> PodSandboxConfig? { state.withLock { $0.sandboxes[id]?.config } }

    // MARK: Shared by all calls

    @discardableResult
    func change<Result: Sendable>(_ body: (inout FakeRuntimeState, Timestamp) -> Result) -> Result {
        let now = time.now
        let (result, deliveries) = state.withLock { state in
            let result = body(&state, now)
            return (result, state.takeDeliveries())
        }
        for (reader, event) in deliveries { reader.yield(event) }
        return result
    }

    /// Notes the call, fails if a test wants it to, and runs `body`.
    func answer<Answer: Sendable>(
        _ call: Call, _ subject: String = "",
        _ body: (inout FakeRuntimeState, Timestamp) throws(RuntimeServiceError) -> Answer
    ) throws(RuntimeServiceError) -> Answer {
        let result: Result<Answer, RuntimeServiceError> = change { state, now in
            state.note(call, subject)
            if let error = state.takeFailure(call) { return .failure(error) }
            do throws(RuntimeServiceError) {
                return .success(try body(&state, now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func nextAddress(_ number: Int) -> String { "\(addressPrefix).\((number + 1) / 256).\((number + 1) % 256)" }

    package func events() -> AsyncStream<RuntimeEvent> {
        let (stream, reader) = AsyncStream.makeStream(
            of: RuntimeEvent.self, bufferingPolicy: .bufferingNewest(Self.eventBufferLimit))
        let now = time.now
        let id = state.withLock { state in state.addReader(reader) }
        reader.onTermination = { [weak self] _ in self?.state.withLock { $0.readers[id] = nil } }
        reader.yield(RuntimeEvent(.resync, time: now))
        return stream
    }
}
