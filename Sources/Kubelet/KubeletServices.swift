package import APIClient
package import APIMachinery
package import APITypes
package import ContainerRuntime
package import ControllerRuntime
package import Determinism
package import LinuxKernel
package import Logging

/// What every part of the kubelet shares: the ways out of it, and what it knows of its machine.
package struct KubeletServices: Sendable {
    package let configuration: KubeletConfiguration
    package let client: APIClient
    package let runtime: any ContainerRuntime
    package let mounts: any MountService
    /// nil where nothing can be limited, as on hollow nodes.
    package let cgroups: (any CgroupService)?
    package let time: any Timekeeper
    package let random: any RandomSource
    package let logger: Logger
    package let events: PodEvents
    package let puller: ImagePuller
    package let objects: ObjectWatcher
    package let tokens: TokenStore
    package let services: Informer<Service>
    /// This node's own object.
    package let node: Informer<Node>
    /// nil where no manifests are read.
    let staticPods: StaticPods?
    package let sandboxes: SandboxPlan
    package let machine: MachineCapacity

    /// A pod's own fields, with what is known of its addresses.
    func fields(of pod: Pod, podIPs: [String]) -> DownwardFields {
        DownwardFields(
            pod: pod, nodeName: configuration.nodeName, hostIPs: configuration.nodeIPs, podIPs: podIPs,
            nodeAllocatable: machine.allocatable)
    }

    func directories(of pod: Pod) -> PodDirectories {
        PodDirectories(root: configuration.rootDirectory, uid: pod.metadata.uid)
    }
}

/// What this machine has, and what of it pods may use.
package struct MachineCapacity: Sendable {
    package var facts: MachineFacts
    package var capacity: [String: Quantity]
    package var allocatable: [String: Quantity]

    package init(facts: MachineFacts, filesystemBytes: UInt64, configuration: KubeletConfiguration) {
        self.facts = facts
        var capacity: [String: Quantity] = [
            "cpu": .units(Int64(facts.cpuCount)),
            "memory": Quantity("\(facts.memoryBytes / 1024)Ki") ?? .zero,
            "ephemeral-storage": Quantity("\(filesystemBytes / 1024)Ki") ?? .zero,
            "hugepages-1Gi": .zero,
            "hugepages-2Mi": .zero,
            "pods": .units(Int64(configuration.maxPods)),
        ]
        capacity.merge(configuration.capacityOverride) { $1 }
        self.capacity = capacity
        var allocatable = capacity
        for (name, quantity) in configuration.reserved {
            guard let whole = allocatable[name] else { continue }
            allocatable[name] = max(whole - quantity, .zero)
        }
        if configuration.evictionMemoryAvailableBytes > 0, let memory = allocatable["memory"] {
            let kept = Quantity("\(configuration.evictionMemoryAvailableBytes / 1024)Ki") ?? .zero
            allocatable["memory"] = max(memory - kept, .zero)
        }
        if configuration.evictionNodefsAvailablePercent > 0, let disk = allocatable["ephemeral-storage"] {
            allocatable["ephemeral-storage"] = .units(
                disk.value / 100 * Int64(100 - configuration.evictionNodefsAvailablePercent))
        }
        self.allocatable = allocatable
    }
}
