internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging

/// Takes away everything that a cluster leaves on a machine: containers, mounts, rules, links.
struct Teardown: Sendable {
    /// Everything of ours in the kernel's tables has such a name.
    private static let tables = ["apus", "apus-pods"]
    private static let bridge = "apus0"

    let paths: ClusterPaths
    let nodeName: String
    let purge: Bool
    let time: any Timekeeper
    let logger: Logger

    func run() async throws {
        try await removeContainers()
        try SystemMounts().unmountAll(below: paths.data)
        await removeRules()
        try Files.removeTree(paths.run)
        if purge { try Files.removeTree(paths.data) }
    }

    /// The runtime is asked while it runs, so that addresses are given back; started for that if need be.
    private func removeContainers() async throws {
        let options = NodeRole.containerd(paths)
        let process = ContainerdProcess(options, time: time, log: logger)
        let runtime = try CRIRuntime(socket: options.socket, time: time, log: logger)
        await withTaskGroup { group in
            group.addTask {
                // Ends with the group; what it had to say is said by the calls that fail.
                try? await runtime.run()
            }
            let answers = Files.exists(options.socket)
            await process.tearDown(
                asking: answers ? runtime : nil, cgroupRoots: [NodeRole.cgroupRoot(nodeName)], purge: purge)
            group.cancelAll()
        }
    }

    private func removeRules() async {
        let tools = SystemTools()
        for table in Self.tables {
            // A table that is not there need not go.
            _ = try? await tools.run("nft", ["delete", "table", "ip", table])
        }
        _ = try? await tools.run("ip", ["link", "delete", Self.bridge])
    }
}
