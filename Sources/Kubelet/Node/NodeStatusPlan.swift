internal import APIMachinery
package import APITypes
package import ContainerRuntime
package import Determinism
internal import LinuxKernel

/// What is known of a node at one moment.
package struct NodeFacts: Sendable {
    package var runtimeVersion: RuntimeVersion?
    package var runtimeStatus: RuntimeStatus?
    package var images: [RuntimeImage]
    package var serverPort: Int
    package var hasMemoryPressure: Bool
    package var hasDiskPressure: Bool
    package var hasPIDPressure: Bool
    package var now: Timestamp

    package init(now: Timestamp, serverPort: Int) {
        self.now = now
        self.serverPort = serverPort
        images = []
        hasMemoryPressure = false
        hasDiskPressure = false
        hasPIDPressure = false
    }
}

/// A node's object from its facts, in upstream's words. Pure.
package struct NodeStatusPlan: Sendable {
    /// More images than these are not listed.
    package static let imagesMax = 50
    package static let namesPerImageMax = 5

    package let configuration: KubeletConfiguration
    package let machine: MachineCapacity

    package init(configuration: KubeletConfiguration, machine: MachineCapacity) {
        self.configuration = configuration
        self.machine = machine
    }

    private var architecture: String { machine.facts.name.architecture }

    /// The object to register: without a status, which is written apart.
    package func node() -> Node {
        var node = Node()
        node.metadata.name = configuration.nodeName
        node.metadata.labels = labels
        node.metadata.annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true"
        node.spec.taints = configuration.registerWithTaints
        node.spec.podCIDR = configuration.podCIDR
        if !configuration.podCIDR.isEmpty { node.spec.podCIDRs = [configuration.podCIDR] }
        return node
    }

    /// The labels that the kubelet sees to, also on a node that exists.
    package var labels: [String: String] {
        let own = [
            "kubernetes.io/hostname": configuration.nodeName,
            "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture,
            "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": architecture,
        ]
        return own.merging(configuration.nodeLabels) { $1 }
    }

    /// The status as it should be, from the one there is.
    package func status(_ old: NodeStatus, _ facts: NodeFacts) -> NodeStatus {
        var status = old
        status.addresses = addresses
        // What somebody else said the node has, a licence for example, is all for pods.
        let others = old.capacity.filter { $0.key.contains("/") && machine.capacity[$0.key] == nil }
        status.capacity = machine.capacity.merging(others) { own, _ in own }
        status.allocatable = machine.allocatable.merging(others) { own, _ in own }
        status.daemonEndpoints.kubeletEndpoint.Port = Int32(facts.serverPort)
        status.nodeInfo = info(facts)
        status.images = images(facts.images)
        // What upstream's says where processors are not handed out one by one.
        status.declaredFeatures = ["GuaranteedQoSPodCPUResize"]
        let ready = readiness(facts)
        set(
            "MemoryPressure", facts.hasMemoryPressure,
            facts.hasMemoryPressure
                ? ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
                : ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"), facts.now, &status)
        set(
            "DiskPressure", facts.hasDiskPressure,
            facts.hasDiskPressure
                ? ("KubeletHasDiskPressure", "kubelet has disk pressure")
                : ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"), facts.now, &status)
        set(
            "PIDPressure", facts.hasPIDPressure,
            facts.hasPIDPressure
                ? ("KubeletHasInsufficientPID", "kubelet has insufficient PID available")
                : ("KubeletHasSufficientPID", "kubelet has sufficient PID available"), facts.now, &status)
        set("Ready", ready.isReady, (ready.reason, ready.message), facts.now, &status)
        return status
    }

    /// Whether two statuses say the same, heartbeats aside.
    package static func isSame(_ left: NodeStatus, _ right: NodeStatus) -> Bool {
        func still(_ status: NodeStatus) -> NodeStatus {
            var status = status
            for index in status.conditions.indices { status.conditions[index].lastHeartbeatTime = nil }
            return status
        }
        return still(left) == still(right)
    }

    private var addresses: [NodeAddress] {
        (configuration.nodeIPs.map { ("InternalIP", $0) } + [("Hostname", configuration.nodeName)]).map { type, text in
            var address = NodeAddress()
            address.type = type
            address.address = text
            return address
        }
    }

    private func info(_ facts: NodeFacts) -> NodeSystemInfo {
        var info = NodeSystemInfo()
        info.machineID = machine.facts.machineID
        info.systemUUID = machine.facts.systemUUID
        info.bootID = machine.facts.bootID
        info.kernelVersion = machine.facts.name.kernelRelease
        info.osImage = machine.facts.osImage
        info.containerRuntimeVersion = facts.runtimeVersion.map { "\($0.name)://\($0.version)" } ?? ""
        info.kubeletVersion = configuration.kubeletVersion
        info.operatingSystem = "linux"
        info.architecture = architecture
        return info
    }

    private func images(_ images: [RuntimeImage]) -> [ContainerImage] {
        images.sorted { ($0.sizeBytes, $0.id) > ($1.sizeBytes, $1.id) }.prefix(Self.imagesMax).map { image in
            var entry = ContainerImage()
            entry.names = Array((image.digests + image.tags).prefix(Self.namesPerImageMax))
            entry.sizeBytes = Int64(image.sizeBytes)
            return entry
        }
    }

    private func readiness(_ facts: NodeFacts) -> (isReady: Bool, reason: String, message: String) {
        var problems: [String] = []
        if let status = facts.runtimeStatus {
            for (type, word) in [("RuntimeReady", "runtime"), ("NetworkReady", "runtime network")] {
                guard let condition = status.condition(type), !condition.isTrue else { continue }
                problems.append(
                    "container \(word) not ready: \(type)=false reason:\(condition.reason) message:\(condition.message)"
                )
            }
        } else {
            problems.append("container runtime is down")
        }
        guard !problems.isEmpty else { return (true, "KubeletReady", "kubelet is posting ready status") }
        let text = problems.count == 1 ? problems[0] : "[" + problems.joined(separator: ", ") + "]"
        return (false, "KubeletNotReady", text)
    }

    private func set(
        _ type: String, _ isTrue: Bool, _ why: (reason: String, message: String), _ now: Timestamp,
        _ status: inout NodeStatus
    ) {
        var condition = NodeCondition()
        condition.type = type
        condition.status = isTrue ? "True" : "False"
        condition.reason = why.reason
        condition.message = why.message
        condition.lastHeartbeatTime = now
        condition.lastTransitionTime = now
        guard let index = status.conditions.firstIndex(where: { $0.type == type }) else {
            status.conditions.append(condition)
            return
        }
        let old = status.conditions[index]
        if old.status == condition.status { condition.lastTransitionTime = old.lastTransitionTime }
        status.conditions[index] = condition
    }
}
