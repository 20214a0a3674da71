package import Determinism

/// What a container uses. A figure that the runtime does not report is nil.
package struct ContainerUsage: Sendable, Equatable {
    package var id: String
    package var metadata: ContainerMetadata
    package var labels: [String: String]
    package var cpu: CPUUsage?
    package var memory: MemoryUsage?
    /// The container's writable layer.
    package var writableLayer: FilesystemUsage?

    package init(
        id: String, metadata: ContainerMetadata, labels: [String: String] = [:], cpu: CPUUsage? = nil,
        memory: MemoryUsage? = nil, writableLayer: FilesystemUsage? = nil
    ) {
        self.id = id
        self.metadata = metadata
        self.labels = labels
        self.cpu = cpu
        self.memory = memory
        self.writableLayer = writableLayer
    }
}

/// What a pod uses, all containers and the sandbox together.
package struct PodSandboxUsage: Sendable, Equatable {
    package var id: String
    package var metadata: PodSandboxMetadata
    package var cpu: CPUUsage?
    package var memory: MemoryUsage?
    package var network: NetworkUsage?
    package var processCount: UInt64?
    package var containers: [ContainerUsage]

    package init(
        id: String, metadata: PodSandboxMetadata, cpu: CPUUsage? = nil, memory: MemoryUsage? = nil,
        network: NetworkUsage? = nil, processCount: UInt64? = nil, containers: [ContainerUsage] = []
    ) {
        self.id = id
        self.metadata = metadata
        self.cpu = cpu
        self.memory = memory
        self.network = network
        self.processCount = processCount
        self.containers = containers
    }
}

/// CPU time.
package struct CPUUsage: Sendable, Equatable {
    package var time: Timestamp
    /// Nanoseconds of all cores together since the start.
    package var totalNanoseconds: UInt64?
    /// Nanoseconds per second, averaged over a recent window.
    package var nanocores: UInt64?

    package init(time: Timestamp, totalNanoseconds: UInt64?, nanocores: UInt64? = nil) {
        self.time = time
        self.totalNanoseconds = totalNanoseconds
        self.nanocores = nanocores
    }
}

/// Memory in bytes.
package struct MemoryUsage: Sendable, Equatable {
    package var time: Timestamp
    /// In use and not easily given back: usage without inactive file pages.
    package var workingSetBytes: UInt64?
    /// The limit less the working set.
    package var availableBytes: UInt64?
    package var usageBytes: UInt64?
    package var rssBytes: UInt64?
    package var pageFaults: UInt64?
    package var majorPageFaults: UInt64?

    package init(
        time: Timestamp, workingSetBytes: UInt64?, availableBytes: UInt64? = nil, usageBytes: UInt64? = nil,
        rssBytes: UInt64? = nil, pageFaults: UInt64? = nil, majorPageFaults: UInt64? = nil
    ) {
        self.time = time
        self.workingSetBytes = workingSetBytes
        self.availableBytes = availableBytes
        self.usageBytes = usageBytes
        self.rssBytes = rssBytes
        self.pageFaults = pageFaults
        self.majorPageFaults = majorPageFaults
    }
}

/// Traffic of a pod's default interface.
package struct NetworkUsage: Sendable, Equatable {
    package var time: Timestamp
    package var interface: String
    package var receivedBytes: UInt64
    package var receiveErrors: UInt64
    package var sentBytes: UInt64
    package var sendErrors: UInt64

    package init(
        time: Timestamp, interface: String, receivedBytes: UInt64, receiveErrors: UInt64, sentBytes: UInt64,
        sendErrors: UInt64
    ) {
        self.time = time
        self.interface = interface
        self.receivedBytes = receivedBytes
        self.receiveErrors = receiveErrors
        self.sentBytes = sentBytes
        self.sendErrors = sendErrors
    }
}

/// Space and inodes that something takes on a file system.
package struct FilesystemUsage: Sendable, Equatable {
    package var time: Timestamp
    package var mountPoint: String
    package var usedBytes: UInt64
    package var usedInodes: UInt64

    package init(time: Timestamp, mountPoint: String, usedBytes: UInt64, usedInodes: UInt64) {
        self.time = time
        self.mountPoint = mountPoint
        self.usedBytes = usedBytes
        self.usedInodes = usedInodes
    }
}
