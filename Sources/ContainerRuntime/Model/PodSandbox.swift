package import Determinism

/// What names a sandbox; `attempt` counts the sandboxes that one pod has had.
package struct PodSandboxMetadata: Sendable, Hashable {
    package var name: String
    package var namespace: String
    package var uid: String
    package var attempt: UInt32

    package init(name: String, namespace: String, uid: String, attempt: UInt32 = 0) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.attempt = attempt
    }
}

/// All that the runtime is told about a pod.
package struct PodSandboxConfig: Sendable, Equatable {
    package var metadata: PodSandboxMetadata
    /// The name inside the pod's UTS namespace; empty for host network.
    package var hostname = ""
    /// The directory under which the containers' `logPath`s lie.
    package var logDirectory = ""
    /// nil leaves the machine's resolv.conf in the pod.
    package var dns: SandboxDNS?
    package var portMappings: [SandboxPortMapping] = []
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// The pod's cgroup, from the root of the hierarchy (`/apus/kubepods/burstable/pod<uid>`).
    package var cgroupParent = ""
    package var security = SandboxSecurity()
    package var sysctls: [String: String] = [:]
    package var overhead: LinuxResources?
    package var resources: LinuxResources?

    package init(metadata: PodSandboxMetadata) { self.metadata = metadata }
}

/// The contents of a pod's resolv.conf.
package struct SandboxDNS: Sendable, Equatable {
    package var servers: [String]
    package var searches: [String]
    package var options: [String]

    package init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }
}

/// A port of the host that the runtime's CNI plugin leads to a port of the pod.
package struct SandboxPortMapping: Sendable, Equatable {
    package enum TransportProtocol: Sendable { case tcp, udp, sctp }

    package var transport: TransportProtocol
    package var containerPort: Int32
    package var hostPort: Int32
    package var hostIP: String

    package init(transport: TransportProtocol, containerPort: Int32, hostPort: Int32, hostIP: String = "") {
        self.transport = transport
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.hostIP = hostIP
    }
}

/// Whose namespace a process lives in.
package enum NamespaceMode: Sendable, Equatable {
    case pod
    case container
    case node
    /// That of the container `NamespaceOptions.targetID`.
    case target
}

/// Which namespaces a pod or container shares.
package struct NamespaceOptions: Sendable, Equatable {
    package var network: NamespaceMode
    package var pid: NamespaceMode
    package var ipc: NamespaceMode
    package var targetID: String

    package init(
        network: NamespaceMode = .pod, pid: NamespaceMode = .container, ipc: NamespaceMode = .pod,
        targetID: String = ""
    ) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
        self.targetID = targetID
    }
}

/// A seccomp or AppArmor profile.
package enum ConfinementProfile: Sendable, Equatable {
    case runtimeDefault
    case unconfined
    /// A file (seccomp) or loaded profile (AppArmor) of this machine.
    case localhost(String)
}

/// SELinux's label of a process.
package struct SELinuxLabel: Sendable, Equatable {
    package var user: String
    package var role: String
    package var type: String
    package var level: String

    package init(user: String = "", role: String = "", type: String = "", level: String = "") {
        self.user = user
        self.role = role
        self.type = type
        self.level = level
    }
}

/// How a sandbox's own process is confined.
package struct SandboxSecurity: Sendable, Equatable {
    package var namespaces = NamespaceOptions()
    package var seLinux: SELinuxLabel?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var supplementalGroups: [Int64] = []
    package var readOnlyRootFilesystem = false
    package var privileged = false
    package var seccomp: ConfinementProfile?
    package var appArmor: ConfinementProfile?

    package init() {}
}

package enum PodSandboxState: Sendable, Equatable { case ready, notReady }

/// A row of the list of sandboxes.
package struct PodSandbox: Sendable, Equatable {
    package var id: String
    package var metadata: PodSandboxMetadata
    package var state: PodSandboxState
    package var createdAt: Timestamp
    package var labels: [String: String]
    package var annotations: [String: String]
    package var handler: String

    package init(
        id: String, metadata: PodSandboxMetadata, state: PodSandboxState, createdAt: Timestamp,
        labels: [String: String] = [:], annotations: [String: String] = [:], handler: String = ""
    ) {
        self.id = id
        self.metadata = metadata
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
        self.annotations = annotations
        self.handler = handler
    }
}

/// A sandbox with its addresses.
package struct PodSandboxStatus: Sendable, Equatable {
    package var sandbox: PodSandbox
    /// The pod's addresses, the primary one first; empty on the host's network and after stop.
    package var ips: [String]
    package var namespaces: NamespaceOptions

    package init(sandbox: PodSandbox, ips: [String] = [], namespaces: NamespaceOptions = NamespaceOptions()) {
        self.sandbox = sandbox
        self.ips = ips
        self.namespaces = namespaces
    }
}

/// Which sandboxes to list; nil and empty mean all.
package struct PodSandboxFilter: Sendable, Equatable {
    package var id: String?
    package var state: PodSandboxState?
    package var labels: [String: String]

    package init(id: String? = nil, state: PodSandboxState? = nil, labels: [String: String] = [:]) {
        self.id = id
        self.state = state
        self.labels = labels
    }
}

extension PodSandboxFilter {
    package func matches(_ sandbox: PodSandbox) -> Bool {
        (id == nil || id == sandbox.id) && (state == nil || state == sandbox.state)
            && labels.allSatisfy { sandbox.labels[$0.key] == $0.value }
    }
}
