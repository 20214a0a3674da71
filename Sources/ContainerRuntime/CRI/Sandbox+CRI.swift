internal import CRIProtocol
internal import Determinism

extension Runtime_V1_PodSandboxConfig {
    init(_ config: PodSandboxConfig) {
        self.init()
        metadata.name = config.metadata.name
        metadata.namespace = config.metadata.namespace
        metadata.uid = config.metadata.uid
        metadata.attempt = config.metadata.attempt
        hostname = config.hostname
        logDirectory = config.logDirectory
        if let dns = config.dns {
            dnsConfig.servers = dns.servers
            dnsConfig.searches = dns.searches
            dnsConfig.options = dns.options
        }
        portMappings = config.portMappings.map { Runtime_V1_PortMapping($0) }
        labels = config.labels
        annotations = config.annotations
        linux.cgroupParent = config.cgroupParent
        linux.securityContext = Runtime_V1_LinuxSandboxSecurityContext(config.security)
        linux.sysctls = config.sysctls
        if let overhead = config.overhead { linux.overhead = Runtime_V1_LinuxContainerResources(overhead) }
        if let resources = config.resources { linux.resources = Runtime_V1_LinuxContainerResources(resources) }
    }
}

extension Runtime_V1_PortMapping {
    fileprivate init(_ mapping: SandboxPortMapping) {
        self.init()
        switch mapping.transport {
        case .tcp: self.protocol = .tcp
        case .udp: self.protocol = .udp
        case .sctp: self.protocol = .sctp
        }
        containerPort = mapping.containerPort
        hostPort = mapping.hostPort
        hostIp = mapping.hostIP
    }
}

extension Runtime_V1_LinuxSandboxSecurityContext {
    fileprivate init(_ security: SandboxSecurity) {
        self.init()
        namespaceOptions = Runtime_V1_NamespaceOption(security.namespaces)
        if let label = security.seLinux { selinuxOptions = Runtime_V1_SELinuxOption(label) }
        if let user = security.runAsUser { runAsUser.value = user }
        if let group = security.runAsGroup { runAsGroup.value = group }
        supplementalGroups = security.supplementalGroups
        readonlyRootfs = security.readOnlyRootFilesystem
        privileged = security.privileged
        if let profile = security.seccomp { seccomp = Runtime_V1_SecurityProfile(profile) }
        if let profile = security.appArmor { apparmor = Runtime_V1_SecurityProfile(profile) }
    }
}

extension Runtime_V1_NamespaceOption {
    init(_ options: NamespaceOptions) {
        self.init()
        network = Runtime_V1_NamespaceMode(options.network)
        pid = Runtime_V1_NamespaceMode(options.pid)
        ipc = Runtime_V1_NamespaceMode(options.ipc)
        targetID = options.targetID
    }
}

extension Runtime_V1_NamespaceMode {
    fileprivate init(_ mode: NamespaceMode) {
        switch mode {
        case .pod: self = .pod
        case .container: self = .container
        case .node: self = .node
        case .target: self = .target
        }
    }
}

extension NamespaceMode {
    fileprivate init(_ mode: Runtime_V1_NamespaceMode) {
        switch mode {
        case .container: self = .container
        case .node: self = .node
        case .target: self = .target
        case .pod, .UNRECOGNIZED: self = .pod
        }
    }
}

extension Runtime_V1_SELinuxOption {
    init(_ label: SELinuxLabel) {
        self.init()
        user = label.user
        role = label.role
        type = label.type
        level = label.level
    }
}

extension Runtime_V1_SecurityProfile {
    init(_ profile: ConfinementProfile) {
        self.init()
        switch profile {
        case .runtimeDefault: profileType = .runtimeDefault
        case .unconfined: profileType = .unconfined
        case .localhost(let name):
            profileType = .localhost
            localhostRef = name
        }
    }
}

extension PodSandboxMetadata {
    init(_ metadata: Runtime_V1_PodSandboxMetadata) {
        self.init(
            name: metadata.name, namespace: metadata.namespace, uid: metadata.uid, attempt: metadata.attempt)
    }
}

extension PodSandbox {
    init(_ sandbox: Runtime_V1_PodSandbox) {
        self.init(
            id: sandbox.id, metadata: PodSandboxMetadata(sandbox.metadata),
            state: sandbox.state == .sandboxReady ? .ready : .notReady,
            createdAt: Timestamp(nanoseconds: sandbox.createdAt), labels: sandbox.labels,
            annotations: sandbox.annotations, handler: sandbox.runtimeHandler)
    }
}

extension PodSandboxStatus {
    init(_ status: Runtime_V1_PodSandboxStatus) {
        let sandbox = PodSandbox(
            id: status.id, metadata: PodSandboxMetadata(status.metadata),
            state: status.state == .sandboxReady ? .ready : .notReady,
            createdAt: Timestamp(nanoseconds: status.createdAt), labels: status.labels,
            annotations: status.annotations, handler: status.runtimeHandler)
        let options = status.linux.namespaces.options
        let ips = [status.network.ip] + status.network.additionalIps.map(\.ip)
        self.init(
            sandbox: sandbox, ips: ips.filter { !$0.isEmpty },
            namespaces: NamespaceOptions(
                network: NamespaceMode(options.network), pid: NamespaceMode(options.pid),
                ipc: NamespaceMode(options.ipc), targetID: options.targetID))
    }
}
