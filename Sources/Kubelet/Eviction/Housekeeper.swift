internal import APITypes
internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import Synchronization

/// What is looked at once per heartbeat: memory, disk, logs, images.
final class Housekeeper: Sendable {
    /// Pressure is reported until it has been over for this long, so that it does not flap.
    static let pressureTransition = Duration.seconds(300)

    private struct State {
        var lastMemoryPressure: Duration?
        var lastDiskPressure: Duration?
        var lastUsed: [String: Duration] = [:]
    }

    private let services: KubeletServices
    private let workers: PodWorkers
    private let rotation: LogRotation
    private let state = Mutex(State())

    init(services: KubeletServices, workers: PodWorkers) {
        self.services = services
        self.workers = workers
        rotation = LogRotation(
            runtime: services.runtime, maxBytes: services.configuration.containerLogMaxBytes,
            maxFiles: services.configuration.containerLogMaxFiles, time: services.time, logger: services.logger)
    }

    /// One round; returns what the node is short of.
    func look() async -> NodePressure {
        for worker in workers.all {
            for container in worker.runtime.containers where container.state == .running {
                await rotation.look(container.status)
            }
        }
        // A runtime that does not answer has no news.
        if let rows = try? await services.runtime.listContainers(ContainerFilter()) { workers.compare(with: rows) }
        await checkLocalStorage()
        // A file system that cannot be asked is not full.
        guard let space = try? FilesystemSpace.read(services.configuration.rootDirectory), space.capacityBytes > 0
        else {
            return NodePressure()
        }
        let available = Int(Double(space.availableBytes) / Double(space.capacityBytes) * 100)
        await collectImages(usedPercent: 100 - available, capacityBytes: space.capacityBytes)
        return await relieve(availablePercent: available)
    }

    // MARK: Pressure

    private func relieve(availablePercent: Int) async -> NodePressure {
        let configuration = services.configuration
        let memory = MemoryFacts.read().map { Int64(clamping: $0.availableBytes) } ?? .max
        let signals = EvictionPlan.Signals(memoryAvailableBytes: memory, diskAvailablePercent: availablePercent)
        let thresholds = EvictionPlan.Thresholds(
            memoryAvailableBytes: configuration.evictionMemoryAvailableBytes,
            diskAvailablePercent: configuration.evictionNodefsAvailablePercent)
        let shortage = EvictionPlan.shortage(signals, thresholds)
        let now = services.time.uptime
        let pressure = state.withLock { state in
            if shortage == .memory { state.lastMemoryPressure = now }
            if shortage == .disk { state.lastDiskPressure = now }
            func lasts(_ since: Duration?) -> Bool { since.map { now - $0 < Self.pressureTransition } ?? false }
            return NodePressure(memory: lasts(state.lastMemoryPressure), disk: lasts(state.lastDiskPressure))
        }
        if let shortage { await evictOne(for: shortage, EvictionPlan.message(shortage, signals, thresholds)) }
        return pressure
    }

    /// One pod a round: what it gives back shows before the next has to go.
    private func evictOne(for resource: EvictionPlan.Resource, _ message: String) async {
        // A runtime that does not answer leaves the ranking to requests and priorities.
        let stats = (try? await services.runtime.listContainerStats(ContainerFilter())) ?? []
        var used: [String: Int64] = [:]
        for usage in stats {
            let bytes = resource == .memory ? usage.memory?.workingSetBytes : usage.writableLayer?.usedBytes
            used[usage.labels[PodLabels.podUID] ?? "", default: 0] += Int64(clamping: bytes ?? 0)
        }
        let active = workers.all.filter(\.isActive)
        if active.contains(where: { $0.isEnding }) { return }
        let ranking = EvictionPlan.ranking(active.map { ($0.pod, used[$0.uid] ?? 0) }, for: resource)
        guard let victim = ranking.first, let worker = workers.worker(victim.metadata.uid) else { return }
        services.events.warning(victim, "Evicted", message)
        services.logger.warning(
            "a pod is evicted", metadata: ["pod": "\(victim.formatted)", "for": "\(resource.rawValue)"])
        worker.fail(WaitingReason("Evicted", message), grace: .zero, disruption: "TerminationByKubelet")
    }

    // MARK: Local storage

    /// Ends pods that keep more on this machine than they may. Only those are measured that have a limit.
    private func checkLocalStorage() async {
        let limited = workers.all.filter { $0.isActive && !$0.isEnding && LocalStoragePlan.isLimited($0.pod) }
        guard !limited.isEmpty else { return }
        // A runtime that does not answer leaves the volumes to be looked at.
        let stats = (try? await services.runtime.listContainerStats(ContainerFilter())) ?? []
        for worker in limited {
            let pod = worker.pod
            guard let message = LocalStoragePlan.excess(pod, usage(of: worker, stats)) else { continue }
            services.events.warning(pod, "Evicted", message)
            services.logger.warning("a pod is evicted", metadata: ["pod": "\(pod.formatted)", "for": "its own storage"])
            worker.fail(WaitingReason("Evicted", message), grace: .zero)
        }
    }

    private func usage(of worker: PodWorker, _ stats: [ContainerUsage]) -> LocalStoragePlan.Usage {
        var usage = LocalStoragePlan.Usage()
        let directories = services.directories(of: worker.pod)
        for volume in worker.pod.spec.volumes where volume.emptyDir != nil {
            usage.volumes[volume.name] = HostFiles.diskUsage(directories.volume(volume.name, plugin: "empty-dir")).bytes
        }
        for container in stats where container.labels[PodLabels.podUID] == worker.uid {
            usage.containers[container.metadata.name] = Int64(clamping: container.writableLayer?.usedBytes ?? 0)
        }
        let logs = SandboxPlan.logDirectory(worker.pod, root: services.configuration.podLogsDirectory)
        for container in worker.pod.allContainers {
            usage.containers[container.name, default: 0] += HostFiles.diskUsage("\(logs)/\(container.name)").bytes
        }
        return usage
    }

    // MARK: Images

    private func collectImages(usedPercent: Int, capacityBytes: UInt64) async {
        let configuration = services.configuration
        guard usedPercent >= configuration.imageCollectionHighPercent else { return }
        do throws(RuntimeServiceError) {
            let images = try await services.runtime.listImages()
            let references = Set(
                try await services.runtime.listContainers(ContainerFilter()).flatMap { [$0.image, $0.imageRef] })
            let inUse = Set(
                images.filter { image in
                    references.contains(image.id) || !references.isDisjoint(with: image.tags + image.digests)
                        || !configuration.keptImages.isDisjoint(with: image.tags)
                }.map(\.id))
            let now = services.time.uptime
            let lastUsed = state.withLock { state in
                var seen: [String: Duration] = [:]
                for image in images {
                    seen[image.id] = inUse.contains(image.id) ? now : state.lastUsed[image.id] ?? now
                }
                state.lastUsed = seen
                return seen
            }
            let surplus = ImageCollectionPlan.surplus(
                images, inUse: inUse, lastUsed: lastUsed, now: now, usedPercent: usedPercent,
                capacityBytes: capacityBytes, highPercent: configuration.imageCollectionHighPercent,
                lowPercent: configuration.imageCollectionLowPercent)
            for id in surplus { try await services.runtime.removeImage(id) }
        } catch {
            services.logger.warning("images could not be collected", metadata: ["error": "\(error)"])
        }
    }
}
