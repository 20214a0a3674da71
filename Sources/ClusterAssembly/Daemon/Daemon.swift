internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ClusterPKI
internal import Determinism
internal import Glibc
internal import LinuxKernel

/// The cluster as a process in the background.
struct Daemon: Sendable {
    /// How long the node may take to become ready.
    private static let readyTimeout = Duration.seconds(120)
    private static let stopTimeout = Duration.seconds(60)
    private static let poll = Duration.milliseconds(25)

    let paths: ClusterPaths
    private let time = SystemTimekeeper()

    init(paths: ClusterPaths) { self.paths = paths }

    /// Starts this program again in the background and waits until its node is ready.
    func start(arguments: [String]) async throws {
        guard PIDFile.holder(paths) == nil else { throw AssemblyError("a cluster is already running here (\(paths.pidFile))") }
        let begun = time.uptime
        try Files.makeDirectory(paths.data)
        var environment = ProcessEnvironment.all
        // A daemon that crashes must be gone at once, not hold its ports while a trace is drawn.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        let process = try ProcessHandle.start(
            ProcessSpec("/proc/self/exe", arguments, environment: environment, newSession: true), log: paths.log)
        print("Starting the cluster (log: \(paths.log)) ...")
        try await waitUntilReady(process, begun: begun)
        let seconds = Double((time.uptime - begun).wholeMilliseconds) / 1000
        print(
            """
            The node is Ready after \(seconds) s.

              export KUBECONFIG=\(paths.adminKubeconfig)

            Three things to try:
              kubectl get nodes -o wide
              kubectl create deployment web --image=apus.local/busybox:1 --replicas=2 -- httpd -f -p 80
              kubectl expose deployment web --port=80 && kubectl get service web
            """)
    }

    /// Asks the cluster to end, and waits until it has.
    func stop() async throws {
        guard let pid = PIDFile.holder(paths) else { return }
        let process = try ProcessHandle(adopting: pid)
        _ = process.terminate()
        let deadline = time.uptime + Self.stopTimeout
        while process.isRunning {
            if time.uptime > deadline { _ = process.kill() }
            try await time.sleep(for: Self.poll)
        }
    }

    private func waitUntilReady(_ process: ProcessHandle, begun: Duration) async throws {
        let start = time.now - (time.uptime - begun)
        var client: APIClient?
        while time.uptime - begun < Self.readyTimeout {
            guard process.isRunning else {
                throw AssemblyError("the cluster ended while starting; see \(paths.log)")
            }
            if client == nil, PIDFile.holder(paths) == process.pid, Files.exists(paths.adminKubeconfig) {
                client = try Wire.outside(Kubeconfig.load(paths.adminKubeconfig), agent: "up").client("apus-up")
            }
            if let client, await isReady(client, since: start) { return }
            try await time.sleep(for: Self.poll)
        }
        throw AssemblyError("the node is not ready after \(Self.readyTimeout); see \(paths.log)")
    }

    /// Whether a node that has renewed its lease since the start is ready: what an earlier run left says so, too.
    private func isReady(_ client: APIClient, since start: Timestamp) async -> Bool {
        // A server that does not answer yet has no ready node.
        guard let nodes = try? await client.list(Node.self),
            let leases = try? await client.list(Lease.self, namespace: "kube-node-lease")
        else { return false }
        let alive = Set(leases.items.filter { $0.spec.renewTime.map { $0 > start } == true }.map(\.metadata.name))
        return nodes.items.contains { node in
            alive.contains(node.metadata.name)
                && node.status.conditions.contains { $0.type == "Ready" && $0.status == "True" }
        }
    }
}

/// This process's environment.
enum ProcessEnvironment {
    static var all: [String: String] {
        var variables: [String: String] = [:]
        var pointer = environ
        while let entry = pointer.pointee {
            let text = String(cString: entry)
            if let mark = text.firstIndex(of: "=") {
                variables[String(text[..<mark])] = String(text[text.index(after: mark)...])
            }
            pointer += 1
        }
        return variables
    }
}
