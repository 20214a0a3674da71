/// What names a container inside its sandbox; `attempt` counts restarts.
package struct ContainerMetadata: Sendable, Hashable {
    package var name: String
    package var attempt: UInt32

    package init(name: String, attempt: UInt32 = 0) {
        self.name = name
        self.attempt = attempt
    }
}

/// All that the runtime is told about a container.
package struct ContainerConfig: Sendable, Equatable {
    package var metadata: ContainerMetadata
    /// The image to use, best as the id that `imageStatus` or `pullImage` gave.
    package var image: String
    /// What the pod's author wrote as the image, for status and logs.
    package var userSpecifiedImage = ""
    /// Replaces the image's entrypoint unless empty.
    package var command: [String] = []
    /// Replaces the image's command unless empty.
    package var args: [String] = []
    package var workingDirectory = ""
    package var environment: [ContainerVariable] = []
    package var mounts: [ContainerMount] = []
    package var devices: [ContainerDevice] = []
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// Below the sandbox's `logDirectory`.
    package var logPath = ""
    package var stdin = false
    package var stdinOnce = false
    package var tty = false
    package var resources = LinuxResources()
    package var security = ContainerSecurity()
    /// Names of CDI devices (`vendor.com/class=name`).
    package var cdiDevices: [String] = []
    /// `SIGTERM` and the like; nil leaves the image's choice.
    package var stopSignal: String?

    package init(metadata: ContainerMetadata, image: String) {
        self.metadata = metadata
        self.image = image
    }
}

/// One environment variable; order matters, the last of a name wins.
package struct ContainerVariable: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A file or directory of the host, seen inside a container.
package struct ContainerMount: Sendable, Equatable {
    package enum Propagation: Sendable { case none, hostToContainer, bidirectional }

    package var containerPath: String
    package var hostPath: String
    package var readOnly: Bool
    package var seLinuxRelabel: Bool
    package var propagation: Propagation
    package var recursiveReadOnly: Bool

    package init(
        containerPath: String, hostPath: String, readOnly: Bool = false, seLinuxRelabel: Bool = false,
        propagation: Propagation = .none, recursiveReadOnly: Bool = false
    ) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.readOnly = readOnly
        self.seLinuxRelabel = seLinuxRelabel
        self.propagation = propagation
        self.recursiveReadOnly = recursiveReadOnly
    }
}

/// A device of the host, seen inside a container.
package struct ContainerDevice: Sendable, Equatable {
    package var containerPath: String
    package var hostPath: String
    /// Any of `r`, `w` and `m`.
    package var permissions: String

    package init(containerPath: String, hostPath: String, permissions: String = "rwm") {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.permissions = permissions
    }
}

/// Limits of the kernel; zero and empty leave a limit unset (or, in an update, as it is).
package struct LinuxResources: Sendable, Equatable {
    /// Length of a CFS period in microseconds.
    package var cpuPeriodMicros: Int64 = 0
    /// Microseconds of CPU per period; -1 for no limit.
    package var cpuQuotaMicros: Int64 = 0
    /// Weight against siblings, 2 to 262,144 (also on cgroup v2, where the runtime converts it).
    package var cpuShares: Int64 = 0
    package var memoryLimitBytes: Int64 = 0
    package var memorySwapLimitBytes: Int64 = 0
    /// -1000 (never killed) to 1000 (killed first).
    package var oomScoreAdjust: Int64 = 0
    /// `0-3,8`
    package var cpusetCPUs = ""
    package var cpusetMemoryNodes = ""
    /// Page size (`2MB`) to bytes.
    package var hugepageLimits: [String: UInt64] = [:]
    /// Files of cgroup v2 by name.
    package var unified: [String: String] = [:]

    package init() {}
}

/// How a container's processes are confined.
package struct ContainerSecurity: Sendable, Equatable {
    package enum SupplementalGroupsPolicy: Sendable {
        /// The given groups and those that the image's /etc/group gives the user.
        case merge
        case strict
    }

    package var addCapabilities: [String] = []
    package var dropCapabilities: [String] = []
    package var privileged = false
    package var namespaces = NamespaceOptions()
    package var seLinux: SELinuxLabel?
    package var runAsUser: Int64?
    /// A name that the image's /etc/passwd knows; only without `runAsUser`.
    package var runAsUserName = ""
    package var runAsGroup: Int64?
    package var supplementalGroups: [Int64] = []
    package var supplementalGroupsPolicy = SupplementalGroupsPolicy.merge
    package var readOnlyRootFilesystem = false
    package var noNewPrivileges = false
    package var maskedPaths: [String] = []
    package var readOnlyPaths: [String] = []
    package var seccomp: ConfinementProfile?
    package var appArmor: ConfinementProfile?

    package init() {}
}
