internal import LinuxKernel

/// How a containerd of our own is to run.
package struct ContainerdOptions: Sendable, Equatable {
    package var program = "/usr/bin/containerd"
    /// containerd's own client, for importing and exporting images.
    package var client = "/usr/bin/ctr"
    /// Images and containers' file systems; outlives the machine.
    package var root: String
    /// The socket, sandboxes and mounts; need not outlive the machine. Up to 60 bytes, as sockets' paths are short.
    package var state: String
    /// What a pod's first process runs; must be local, or somewhere that can be pulled from.
    package var sandboxImage = PauseProgram.imageName
    package var cniPrograms = "/usr/lib/cni"
    package var cniConfiguration: String
    /// nil chooses what the file system under `root` can do.
    package var snapshotter: String?
    /// A folder with a `hosts.toml` per registry (containerd's hosts.md).
    package var registryConfiguration: String?
    /// Registries that are asked before the real ones, for all images.
    package var registryMirrors: [String] = []
    package var usesSystemdCgroups = false
    /// nil asks whether this process may lower oom_score_adj.
    package var restrictsOOMScoreAdjust: Bool?
    package var logLevel = "warn"
    /// Its log grows here; nil leaves it under `root`.
    package var logFile: String?

    package init(root: String, state: String, cniConfiguration: String) {
        self.root = root
        self.state = state
        self.cniConfiguration = cniConfiguration
    }

    /// Where its CRI and event services listen.
    package var socket: String { "\(state)/containerd.sock" }

    var configFile: String { "\(root)/config.toml" }
    var pidFile: String { "\(state)/containerd.pid" }
    var effectiveLogFile: String { logFile ?? "\(root)/containerd.log" }
}

extension ContainerdOptions {
    /// Plugins that a node never uses: each costs start-up time or memory.
    static let disabledPlugins = [
        "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart", "io.containerd.internal.v1.tracing",
        "io.containerd.tracing.processor.v1.otlp", "io.containerd.monitor.v1.cgroups",
        "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
        "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
    ]

    /// What was asked for, or else what the machine can do.
    func chosenSnapshotter() throws(KernelError) -> String {
        if let snapshotter { return snapshotter }
        return SnapshotterPlan.choose(
            filesystems: try Files.text("/proc/filesystems"),
            hostType: SnapshotterPlan.hostType(of: root, try SystemMounts().list()))
    }

    /// The text of config.toml.
    func configuration(snapshotter: String, restrictsOOMScoreAdjust: Bool) -> String {
        let mirrors = registryMirrors.isEmpty ? "" : """

            [plugins."io.containerd.grpc.v1.cri".registry.mirrors."*"]
              endpoint = \(Self.list(registryMirrors))
            """
        return """
            version = 2
            root = \(Self.quoted(root))
            state = \(Self.quoted(state))
            disabled_plugins = \(Self.list(Self.disabledPlugins))

            [grpc]
              address = \(Self.quoted(socket))

            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = \(Self.quoted(sandboxImage))
              restrict_oom_score_adj = \(restrictsOOMScoreAdjust)
              netns_mounts_under_state_dir = true
              stream_server_address = "127.0.0.1"
              stream_server_port = "0"

            [plugins."io.containerd.grpc.v1.cri".cni]
              bin_dir = \(Self.quoted(cniPrograms))
              conf_dir = \(Self.quoted(cniConfiguration))

            [plugins."io.containerd.grpc.v1.cri".containerd]
              snapshotter = \(Self.quoted(snapshotter))

            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"

            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
              Root = \(Self.quoted("\(state)/runc"))
              SystemdCgroup = \(usesSystemdCgroups)

            [plugins."io.containerd.grpc.v1.cri".registry]
              config_path = \(Self.quoted(registryConfiguration ?? ""))
            \(mirrors)

            """
    }

    /// A TOML string.
    static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }

    private static func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }
}

/// Which of containerd's snapshotters the machine can use.
enum SnapshotterPlan {
    /// File systems over which an overlay can have its upper layer.
    private static let overlayHosts: Set<String> = ["ext4", "ext3", "ext2", "xfs", "btrfs", "tmpfs", "f2fs", "zfs"]

    /// `filesystems` is /proc/filesystems, `hostType` the type of the file system that holds the images.
    static func choose(filesystems: String, hostType: String) -> String {
        let hasOverlay = filesystems.split(separator: "\n").contains { $0.split(separator: "\t").last == "overlay" }
        return hasOverlay && overlayHosts.contains(hostType) ? "overlayfs" : "native"
    }

    /// The type of the file system that holds `path`: that of the deepest mount above it.
    static func hostType(of path: String, _ mounts: [MountPoint]) -> String {
        let above = mounts.filter {
            $0.target == "/" || path == $0.target || path.hasPrefix("\($0.target)/")
        }
        // Of mounts on the same folder the last one counts.
        let depth = above.map(\.target.utf8.count).max()
        return above.last { $0.target.utf8.count == depth }?.type ?? ""
    }
}
