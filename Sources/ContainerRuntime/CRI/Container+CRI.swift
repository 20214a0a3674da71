internal import CRIProtocol
internal import Determinism

extension Runtime_V1_ContainerConfig {
    init(_ config: ContainerConfig) {
        self.init()
        metadata.name = config.metadata.name
        metadata.attempt = config.metadata.attempt
        image.image = config.image
        image.userSpecifiedImage = config.userSpecifiedImage
        command = config.command
        args = config.args
        workingDir = config.workingDirectory
        envs = config.environment.map { variable in
            var pair = Runtime_V1_KeyValue()
            pair.key = variable.name
            pair.value = variable.value
            return pair
        }
        mounts = config.mounts.map { Runtime_V1_Mount($0) }
        devices = config.devices.map { device in
            var message = Runtime_V1_Device()
            message.containerPath = device.containerPath
            message.hostPath = device.hostPath
            message.permissions = device.permissions
            return message
        }
        labels = config.labels
        annotations = config.annotations
        logPath = config.logPath
        stdin = config.stdin
        stdinOnce = config.stdinOnce
        tty = config.tty
        linux.resources = Runtime_V1_LinuxContainerResources(config.resources)
        linux.securityContext = Runtime_V1_LinuxContainerSecurityContext(config.security)
        cdiDevices = config.cdiDevices.map { name in
            var device = Runtime_V1_CDIDevice()
            device.name = name
            return device
        }
        stopSignal = config.stopSignal.flatMap(StopSignal.number) ?? 0
    }
}

/// CRI's own numbers for signals.
enum StopSignal {
    /// In the interface's order, from 1.
    private static let names =
        [
            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
            "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
            "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN",
        ] + (1...15).map { "RTMIN+\($0)" } + (1...14).reversed().map { "RTMAX-\($0)" } + ["RTMAX"]

    static func number(_ name: String) -> Int32? {
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        return names.firstIndex(of: short).map { Int32($0) + 1 }
    }
}

extension Runtime_V1_Mount {
    fileprivate init(_ mount: ContainerMount) {
        self.init()
        containerPath = mount.containerPath
        hostPath = mount.hostPath
        readonly = mount.readOnly
        selinuxRelabel = mount.seLinuxRelabel
        recursiveReadOnly = mount.recursiveReadOnly
        switch mount.propagation {
        case .none: propagation = .propagationPrivate
        case .hostToContainer: propagation = .propagationHostToContainer
        case .bidirectional: propagation = .propagationBidirectional
        }
    }
}

extension ContainerMount {
    fileprivate init(_ mount: Runtime_V1_Mount) {
        let propagation: Propagation =
            switch mount.propagation {
            case .propagationHostToContainer: .hostToContainer
            case .propagationBidirectional: .bidirectional
            case .propagationPrivate, .UNRECOGNIZED: .none
            }
        self.init(
            containerPath: mount.containerPath, hostPath: mount.hostPath, readOnly: mount.readonly,
            seLinuxRelabel: mount.selinuxRelabel, propagation: propagation,
            recursiveReadOnly: mount.recursiveReadOnly)
    }
}

extension Runtime_V1_LinuxContainerResources {
    init(_ resources: LinuxResources) {
        self.init()
        cpuPeriod = resources.cpuPeriodMicros
        cpuQuota = resources.cpuQuotaMicros
        cpuShares = resources.cpuShares
        memoryLimitInBytes = resources.memoryLimitBytes
        memorySwapLimitInBytes = resources.memorySwapLimitBytes
        oomScoreAdj = resources.oomScoreAdjust
        cpusetCpus = resources.cpusetCPUs
        cpusetMems = resources.cpusetMemoryNodes
        hugepageLimits = resources.hugepageLimits.sorted { $0.key < $1.key }.map { size, limit in
            var message = Runtime_V1_HugepageLimit()
            message.pageSize = size
            message.limit = limit
            return message
        }
        unified = resources.unified
    }
}

extension LinuxResources {
    fileprivate init(_ resources: Runtime_V1_LinuxContainerResources) {
        self.init()
        cpuPeriodMicros = resources.cpuPeriod
        cpuQuotaMicros = resources.cpuQuota
        cpuShares = resources.cpuShares
        memoryLimitBytes = resources.memoryLimitInBytes
        memorySwapLimitBytes = resources.memorySwapLimitInBytes
        oomScoreAdjust = resources.oomScoreAdj
        cpusetCPUs = resources.cpusetCpus
        cpusetMemoryNodes = resources.cpusetMems
        for limit in resources.hugepageLimits { hugepageLimits[limit.pageSize] = limit.limit }
        unified = resources.unified
    }
}

extension Runtime_V1_LinuxContainerSecurityContext {
    fileprivate init(_ security: ContainerSecurity) {
        self.init()
        capabilities.addCapabilities = security.addCapabilities
        capabilities.dropCapabilities = security.dropCapabilities
        privileged = security.privileged
        namespaceOptions = Runtime_V1_NamespaceOption(security.namespaces)
        if let label = security.seLinux { selinuxOptions = Runtime_V1_SELinuxOption(label) }
        if let user = security.runAsUser { runAsUser.value = user }
        runAsUsername = security.runAsUserName
        if let group = security.runAsGroup { runAsGroup.value = group }
        supplementalGroups = security.supplementalGroups
        supplementalGroupsPolicy = security.supplementalGroupsPolicy == .strict ? .strict : .merge
        readonlyRootfs = security.readOnlyRootFilesystem
        noNewPrivs = security.noNewPrivileges
        maskedPaths = security.maskedPaths
        readonlyPaths = security.readOnlyPaths
        if let profile = security.seccomp { seccomp = Runtime_V1_SecurityProfile(profile) }
        if let profile = security.appArmor { apparmor = Runtime_V1_SecurityProfile(profile) }
    }
}

extension ContainerMetadata {
    init(_ metadata: Runtime_V1_ContainerMetadata) {
        self.init(name: metadata.name, attempt: metadata.attempt)
    }
}

extension RuntimeContainerState {
    fileprivate init(_ state: Runtime_V1_ContainerState) {
        switch state {
        case .containerCreated: self = .created
        case .containerRunning: self = .running
        case .containerExited: self = .exited
        case .containerUnknown, .UNRECOGNIZED: self = .unknown
        }
    }
}

extension Runtime_V1_ContainerState {
    init(_ state: RuntimeContainerState) {
        switch state {
        case .created: self = .containerCreated
        case .running: self = .containerRunning
        case .exited: self = .containerExited
        case .unknown: self = .containerUnknown
        }
    }
}

extension RuntimeContainer {
    init(_ container: Runtime_V1_Container) {
        self.init(
            id: container.id, sandboxID: container.podSandboxID, metadata: ContainerMetadata(container.metadata),
            image: container.image.image, imageRef: container.imageRef,
            state: RuntimeContainerState(container.state), createdAt: Timestamp(nanoseconds: container.createdAt),
            labels: container.labels, annotations: container.annotations)
    }
}

extension RuntimeContainerStatus {
    init(_ status: Runtime_V1_ContainerStatus) {
        self.init(
            id: status.id, metadata: ContainerMetadata(status.metadata),
            state: RuntimeContainerState(status.state), createdAt: Timestamp(nanoseconds: status.createdAt),
            image: status.image.image, imageRef: status.imageRef)
        startedAt = status.startedAt > 0 ? Timestamp(nanoseconds: status.startedAt) : nil
        finishedAt = status.finishedAt > 0 ? Timestamp(nanoseconds: status.finishedAt) : nil
        exitCode = status.exitCode
        reason = status.reason
        message = status.message
        labels = status.labels
        annotations = status.annotations
        mounts = status.mounts.map { ContainerMount($0) }
        logPath = status.logPath
        resources = status.hasResources ? LinuxResources(status.resources.linux) : nil
    }
}
