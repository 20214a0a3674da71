/// Everything a node asks of the software that runs its containers, in the words of CRI's `runtime.v1`.
///
/// Implementations: `CRIRuntime` (a runtime behind a socket) and `FakeContainerRuntime` (in memory, for
/// tests and for nodes that only pretend). Every call may be repeated safely unless its promise says otherwise.
package protocol ContainerRuntime: RuntimeObserver, PodSandboxService, ContainerService, ImageService {}

/// What the runtime is and how it fares.
package protocol RuntimeObserver: Sendable {
    /// Name and version of the runtime; also the cheapest proof that it answers.
    func version() async throws(RuntimeServiceError) -> RuntimeVersion

    /// The runtime's conditions: at least `RuntimeReady` and `NetworkReady`.
    func status() async throws(RuntimeServiceError) -> RuntimeStatus

    /// What happens to containers and sandboxes, from now on, whoever caused it.
    ///
    /// The stream never ends by itself: after a lost connection it goes on with `.resync`, which is also its
    /// first event and means that anything may have happened, so list everything. Cancel the reading task to end it.
    func events() -> AsyncStream<RuntimeEvent>

    /// Usage of one container; throws `.notFound` when it is gone or does not run.
    func containerStats(_ id: String) async throws(RuntimeServiceError) -> ContainerUsage

    /// Usage of all running containers that match.
    func listContainerStats(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [ContainerUsage]

    /// Usage of a whole pod; throws `.notFound` when it is gone.
    func podSandboxStats(_ id: String) async throws(RuntimeServiceError) -> PodSandboxUsage
}

/// The room a pod's containers share: network, IPC, cgroup parent.
package protocol PodSandboxService: Sendable {
    /// Creates and starts a sandbox with its network and returns its id. `handler` names the runtime class's
    /// handler, empty for the default. Not repeatable: a second call with the same metadata throws `.alreadyExists`.
    func runPodSandbox(_ config: PodSandboxConfig, handler: String) async throws(RuntimeServiceError) -> String

    /// Kills what still runs in it and gives its network back. A sandbox that is gone is no error.
    func stopPodSandbox(_ id: String) async throws(RuntimeServiceError)

    /// Removes the sandbox and all its containers, by force where needed. A sandbox that is gone is no error.
    func removePodSandbox(_ id: String) async throws(RuntimeServiceError)

    /// Throws `.notFound` when there is no such sandbox.
    func podSandboxStatus(_ id: String) async throws(RuntimeServiceError) -> PodSandboxStatus

    func listPodSandboxes(_ filter: PodSandboxFilter) async throws(RuntimeServiceError) -> [PodSandbox]

    /// The URL on the runtime's streaming server that forwards to these ports of the sandbox. Speak SPDY to it.
    func portForward(_ sandboxID: String, ports: [Int32]) async throws(RuntimeServiceError) -> String
}

/// Containers inside sandboxes.
package protocol ContainerService: Sendable {
    /// Creates a container from a local image and returns its id. `sandboxConfig` is what the sandbox was made
    /// of. Not repeatable: a second call with the same metadata throws `.alreadyExists`.
    func createContainer(
        in sandboxID: String, _ config: ContainerConfig, sandboxConfig: PodSandboxConfig
    ) async throws(RuntimeServiceError) -> String

    func startContainer(_ id: String) async throws(RuntimeServiceError)

    /// Sends the stop signal, waits up to `timeout` (rounded up to seconds), then kills. Returns when the container
    /// has stopped; a stopped or missing container is no error.
    func stopContainer(_ id: String, timeout: Duration) async throws(RuntimeServiceError)

    /// Removes the container, by force when it runs. A container that is gone is no error.
    func removeContainer(_ id: String) async throws(RuntimeServiceError)

    /// Throws `.notFound` when there is no such container.
    func containerStatus(_ id: String) async throws(RuntimeServiceError) -> RuntimeContainerStatus

    func listContainers(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [RuntimeContainer]

    /// Changes the limits of a container, running or not. Fields that are zero stay as they are.
    func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws(RuntimeServiceError)

    /// Opens the log file anew under its old name, after somebody renamed it.
    func reopenContainerLog(_ id: String) async throws(RuntimeServiceError)

    /// Runs a command in a running container and waits for it. `timeout` nil waits for ever; a command that
    /// takes longer is killed and throws `.deadlineExceeded`.
    func execSync(_ id: String, command: [String], timeout: Duration?) async throws(RuntimeServiceError) -> ExecResult

    /// The URL on the runtime's streaming server that runs a command. Speak SPDY or WebSocket to it.
    func exec(_ request: ExecStreamRequest) async throws(RuntimeServiceError) -> String

    /// The URL on the runtime's streaming server that connects to the container's own streams.
    func attach(_ request: AttachStreamRequest) async throws(RuntimeServiceError) -> String
}

/// Images on this machine.
package protocol ImageService: Sendable {
    func listImages() async throws(RuntimeServiceError) -> [RuntimeImage]

    /// The local image that `reference` (name, name with digest, or image id) means; nil when it is not here.
    func imageStatus(_ reference: String) async throws(RuntimeServiceError) -> RuntimeImage?

    /// Fetches the image from its registry and returns its id.
    func pullImage(_ reference: String, credentials: RegistryCredentials?) async throws(RuntimeServiceError) -> String

    /// Removes the image with all its names. An image that is not here is no error.
    func removeImage(_ reference: String) async throws(RuntimeServiceError)

    /// Where images are stored and how much they take.
    func imageFilesystems() async throws(RuntimeServiceError) -> [FilesystemUsage]
}
