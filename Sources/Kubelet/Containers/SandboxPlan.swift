package import APITypes
package import ContainerRuntime

/// What the runtime is told about a pod.
package struct SandboxPlan: Sendable {
    package let configuration: KubeletConfiguration
    package let hostResolver: ResolverConfiguration

    package init(configuration: KubeletConfiguration, hostResolver: ResolverConfiguration) {
        self.configuration = configuration
        self.hostResolver = hostResolver
    }

    package func config(_ pod: Pod, attempt: UInt32) -> PodSandboxConfig {
        var config = PodSandboxConfig(
            metadata: PodSandboxMetadata(
                name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid, attempt: attempt))
        if !pod.usesHostNetwork {
            config.hostname = PodHostname(pod, clusterDomain: configuration.clusterDomain).sandboxName
            config.portMappings = portMappings(pod)
        }
        config.logDirectory = Self.logDirectory(pod, root: configuration.podLogsDirectory)
        config.dns = PodDNSPlan.dns(
            pod, host: hostResolver, clusterDNS: configuration.clusterDNS, clusterDomain: configuration.clusterDomain)
        config.labels = pod.metadata.labels.merging(Self.identity(of: pod)) { $1 }
        config.annotations = pod.metadata.annotations
        config.cgroupParent = QualityOfService(pod).cgroup(root: configuration.cgroupRoot, uid: pod.metadata.uid)
        config.resources = ResourcePlan.pod(pod)
        config.security = security(pod)
        for sysctl in pod.spec.securityContext?.sysctls ?? [] { config.sysctls[sysctl.name] = sysctl.value }
        return config
    }

    package static func identity(of pod: Pod) -> [String: String] {
        [
            PodLabels.podName: pod.metadata.name, PodLabels.podNamespace: pod.metadata.namespace,
            PodLabels.podUID: pod.metadata.uid,
        ]
    }

    /// `/var/log/pods/namespace_name_uid`
    package static func logDirectory(_ pod: Pod, root: String) -> String {
        "\(root)/\(pod.metadata.namespace)_\(pod.metadata.name)_\(pod.metadata.uid)"
    }

    private func portMappings(_ pod: Pod) -> [SandboxPortMapping] {
        (pod.spec.containers + pod.spec.initContainers.filter(Pod.isSidecar)).flatMap(\.ports)
            .filter { $0.hostPort > 0 }
            .map { port in
                SandboxPortMapping(
                    transport: port.protocol == "UDP" ? .udp : port.protocol == "SCTP" ? .sctp : .tcp,
                    containerPort: port.containerPort, hostPort: port.hostPort, hostIP: port.hostIP)
            }
    }

    private func security(_ pod: Pod) -> SandboxSecurity {
        let shared = pod.spec.securityContext
        var security = SandboxSecurity()
        security.namespaces = SecurityPlan.namespaces(of: pod)
        security.runAsUser = shared?.runAsUser
        security.runAsGroup = shared?.runAsUser == nil ? nil : shared?.runAsGroup
        security.supplementalGroups = (shared?.fsGroup.map { [$0] } ?? []) + (shared?.supplementalGroups ?? [])
        security.privileged = pod.allContainers.contains { $0.securityContext?.privileged == true }
        security.seccomp = .runtimeDefault
        return security
    }
}
