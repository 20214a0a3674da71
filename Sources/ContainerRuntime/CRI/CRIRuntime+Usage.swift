internal import CRIProtocol
internal import Determinism

extension CRIRuntime {
    package func containerStats(_ id: String) async throws(RuntimeServiceError) -> ContainerUsage {
        var request = Runtime_V1_ContainerStatsRequest()
        request.containerID = id
        let answer: Runtime_V1_ContainerStatsResponse = try await call(.runtime, "ContainerStats", request)
        return ContainerUsage(answer.stats)
    }

    package func listContainerStats(_ filter: ContainerFilter) async throws(RuntimeServiceError) -> [ContainerUsage] {
        var request = Runtime_V1_ListContainerStatsRequest()
        request.filter.id = filter.id ?? ""
        request.filter.podSandboxID = filter.sandboxID ?? ""
        request.filter.labelSelector = filter.labels
        let answer: Runtime_V1_ListContainerStatsResponse = try await call(.runtime, "ListContainerStats", request)
        return answer.stats.map { ContainerUsage($0) }
    }

    package func podSandboxStats(_ id: String) async throws(RuntimeServiceError) -> PodSandboxUsage {
        var request = Runtime_V1_PodSandboxStatsRequest()
        request.podSandboxID = id
        let answer: Runtime_V1_PodSandboxStatsResponse = try await call(.runtime, "PodSandboxStats", request)
        return PodSandboxUsage(answer.stats)
    }
}

extension ContainerUsage {
    init(_ stats: Runtime_V1_ContainerStats) {
        self.init(
            id: stats.attributes.id, metadata: ContainerMetadata(stats.attributes.metadata),
            labels: stats.attributes.labels, cpu: stats.hasCpu ? CPUUsage(stats.cpu) : nil,
            memory: stats.hasMemory ? MemoryUsage(stats.memory) : nil,
            writableLayer: stats.hasWritableLayer ? FilesystemUsage(stats.writableLayer) : nil)
    }
}

extension PodSandboxUsage {
    init(_ stats: Runtime_V1_PodSandboxStats) {
        let linux = stats.linux
        self.init(
            id: stats.attributes.id, metadata: PodSandboxMetadata(stats.attributes.metadata),
            cpu: linux.hasCpu ? CPUUsage(linux.cpu) : nil,
            memory: linux.hasMemory ? MemoryUsage(linux.memory) : nil,
            network: linux.hasNetwork && linux.network.hasDefaultInterface ? NetworkUsage(linux.network) : nil,
            processCount: linux.process.hasProcessCount ? linux.process.processCount.value : nil,
            containers: linux.containers.map { ContainerUsage($0) })
    }
}

extension CPUUsage {
    init(_ usage: Runtime_V1_CpuUsage) {
        self.init(
            time: Timestamp(nanoseconds: usage.timestamp),
            totalNanoseconds: usage.hasUsageCoreNanoSeconds ? usage.usageCoreNanoSeconds.value : nil,
            nanocores: usage.hasUsageNanoCores ? usage.usageNanoCores.value : nil)
    }
}

extension MemoryUsage {
    init(_ usage: Runtime_V1_MemoryUsage) {
        self.init(
            time: Timestamp(nanoseconds: usage.timestamp),
            workingSetBytes: usage.hasWorkingSetBytes ? usage.workingSetBytes.value : nil,
            availableBytes: usage.hasAvailableBytes ? usage.availableBytes.value : nil,
            usageBytes: usage.hasUsageBytes ? usage.usageBytes.value : nil,
            rssBytes: usage.hasRssBytes ? usage.rssBytes.value : nil,
            pageFaults: usage.hasPageFaults ? usage.pageFaults.value : nil,
            majorPageFaults: usage.hasMajorPageFaults ? usage.majorPageFaults.value : nil)
    }
}

extension NetworkUsage {
    init(_ usage: Runtime_V1_NetworkUsage) {
        let interface = usage.defaultInterface
        self.init(
            time: Timestamp(nanoseconds: usage.timestamp), interface: interface.name,
            receivedBytes: interface.rxBytes.value, receiveErrors: interface.rxErrors.value,
            sentBytes: interface.txBytes.value, sendErrors: interface.txErrors.value)
    }
}

extension FilesystemUsage {
    init(_ usage: Runtime_V1_FilesystemUsage) {
        self.init(
            time: Timestamp(nanoseconds: usage.timestamp), mountPoint: usage.fsID.mountpoint,
            usedBytes: usage.usedBytes.value, usedInodes: usage.inodesUsed.value)
    }
}
