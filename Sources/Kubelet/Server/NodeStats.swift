internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel
internal import Synchronization

/// What the node, its pods and containers use: asked of the runtime and the kernel whenever somebody wants to know.
final class NodeStats: Sendable {
    /// Two readings closer together than this say little about a rate.
    static let windowMin = Duration.milliseconds(500)

    private struct Reading {
        var nanoseconds: UInt64
        var at: Timestamp
        var nanocores: UInt64
    }

    struct Usage: Sendable {
        var pod: Pod
        var containers: [ContainerUsage]
        var network: NetworkUsage?
        var processes: UInt64?
        /// What the runtime has said of the containers.
        var records: [PodRuntime.Container]
        var cgroup: String
    }

    let workers: PodWorkers
    let services: KubeletServices
    /// Earlier readings by container id (or empty for the node), to make rates of.
    private let readings = Mutex<[String: Reading]>([:])

    init(workers: PodWorkers, services: KubeletServices) {
        self.workers = workers
        self.services = services
    }

    // MARK: Summary

    /// The answer of `/stats/summary`.
    func summary() async -> Value {
        var pods: [Value] = []
        for usage in await usages() { pods.append(summary(of: usage)) }
        return ["node": nodeSummary(), "pods": .array(pods)]
    }

    private func nodeSummary() -> Value {
        let now = services.time.now
        var node: Value = ["nodeName": .string(services.configuration.nodeName), "startTime": .string(now.rfc3339)]
        if let load = LoadFacts.read() { node["cpu"] = cpu("", total: load.cpuNanoseconds, reported: nil, at: now) }
        if let memory = MemoryFacts.read() {
            let used = memory.totalBytes - memory.availableBytes
            node["memory"] = [
                "time": .string(now.rfc3339), "availableBytes": Self.number(memory.availableBytes),
                "usageBytes": Self.number(memory.totalBytes - memory.freeBytes), "workingSetBytes": Self.number(used),
            ]
        }
        // A file system that cannot be asked is left out.
        if let space = try? FilesystemSpace.read(services.configuration.rootDirectory) {
            let filesystem: Value = [
                "time": .string(now.rfc3339), "availableBytes": Self.number(space.availableBytes),
                "capacityBytes": Self.number(space.capacityBytes), "usedBytes": Self.number(space.usedBytes),
                "inodesFree": Self.number(space.freeInodes), "inodes": Self.number(space.inodes),
            ]
            node["fs"] = filesystem
            node["runtime"] = ["imageFs": filesystem]
        }
        return node
    }

    private func summary(of usage: Usage) -> Value {
        let metadata = usage.pod.metadata
        let disk = diskUsage(of: usage)
        var pod: Value = [
            "podRef": [
                "name": .string(metadata.name), "namespace": .string(metadata.namespace), "uid": .string(metadata.uid),
            ],
            "startTime": usage.pod.status.startTime.map { .string($0.rfc3339) } ?? .null,
        ]
        pod["containers"] = .array(
            usage.containers.map { container in
                let record = usage.records.first { $0.id == container.id }
                var value = summary(of: container, startedAt: record?.status.startedAt)
                value["logs"] = disk.logs[container.metadata.name].map { filesystem(used: $0) }
                return value
            })
        pod["volume"] = .array(
            disk.volumes.map { name, used in
                var value = filesystem(used: used)
                value["name"] = .string(name)
                return value
            })
        pod["ephemeral-storage"] = filesystem(used: disk.total)
        pod["process_stats"] = usage.processes.map { ["process_count": Self.number($0)] }
        let now = services.time.now
        let cores = usage.containers.compactMap { rate(of: $0) }.reduce(0, +)
        let total = usage.containers.compactMap { $0.cpu?.totalNanoseconds }.reduce(0, +)
        let memory = usage.containers.compactMap { $0.memory?.workingSetBytes }.reduce(0, +)
        pod["cpu"] = [
            "time": .string(now.rfc3339), "usageNanoCores": Self.number(cores),
            "usageCoreNanoSeconds": Self.number(total),
        ]
        pod["memory"] = ["time": .string(now.rfc3339), "workingSetBytes": Self.number(memory)]
        if let network = usage.network {
            let interface: Value = [
                "name": .string(network.interface),
                "rxBytes": Self.number(network.receivedBytes), "rxErrors": Self.number(network.receiveErrors),
                "txBytes": Self.number(network.sentBytes), "txErrors": Self.number(network.sendErrors),
            ]
            var whole = interface
            whole["time"] = .string(network.time.rfc3339)
            whole["interfaces"] = [interface]
            pod["network"] = whole
        }
        return pod
    }

    private func summary(of usage: ContainerUsage, startedAt: Timestamp?) -> Value {
        var container: Value = ["name": .string(usage.metadata.name)]
        container["startTime"] = startedAt.map { .string($0.rfc3339) }
        if let cpu = usage.cpu, let total = cpu.totalNanoseconds {
            container["cpu"] = self.cpu(usage.id, total: total, reported: cpu.nanocores, at: cpu.time)
        }
        if let memory = usage.memory {
            var value: Value = ["time": .string(memory.time.rfc3339)]
            value["workingSetBytes"] = memory.workingSetBytes.map(Self.number)
            value["availableBytes"] = memory.availableBytes.map(Self.number)
            value["usageBytes"] = memory.usageBytes.map(Self.number)
            value["rssBytes"] = memory.rssBytes.map(Self.number)
            value["pageFaults"] = memory.pageFaults.map(Self.number)
            value["majorPageFaults"] = memory.majorPageFaults.map(Self.number)
            container["memory"] = value
        }
        if let layer = usage.writableLayer {
            container["rootfs"] = [
                "time": .string(layer.time.rfc3339), "usedBytes": Self.number(layer.usedBytes),
                "inodesUsed": Self.number(layer.usedInodes),
            ]
        }
        return container
    }

    private struct DiskUsage {
        var volumes: [(String, (bytes: Int64, inodes: Int64))] = []
        var logs: [String: (bytes: Int64, inodes: Int64)] = [:]
        var total = (bytes: Int64(0), inodes: Int64(0))
    }

    /// What the pod keeps on this machine's disk: volumes, logs and writable layers.
    private func diskUsage(of usage: Usage) -> DiskUsage {
        var result = DiskUsage()
        func add(_ part: (bytes: Int64, inodes: Int64)) {
            result.total.bytes += part.bytes
            result.total.inodes += part.inodes
        }
        let directories = services.directories(of: usage.pod)
        for volume in usage.pod.spec.volumes {
            guard let plugin = PodVolumes.localPlugin(of: volume) else { continue }
            let used = HostFiles.diskUsage(directories.volume(volume.name, plugin: plugin))
            result.volumes.append((volume.name, used))
            if volume.emptyDir?.medium != "Memory" { add(used) }
        }
        let logs = SandboxPlan.logDirectory(usage.pod, root: services.configuration.podLogsDirectory)
        for container in usage.containers {
            let used = HostFiles.diskUsage("\(logs)/\(container.metadata.name)")
            result.logs[container.metadata.name] = used
            add(used)
            if let layer = container.writableLayer {
                add((Int64(clamping: layer.usedBytes), Int64(clamping: layer.usedInodes)))
            }
        }
        return result
    }

    private func filesystem(used: (bytes: Int64, inodes: Int64)) -> Value {
        var value: Value = [
            "time": .string(services.time.now.rfc3339), "usedBytes": .integer(used.bytes),
            "inodesUsed": .integer(used.inodes),
        ]
        // A file system that cannot be asked has no more to say.
        if let space = try? FilesystemSpace.read(services.configuration.rootDirectory) {
            value["availableBytes"] = Self.number(space.availableBytes)
            value["capacityBytes"] = Self.number(space.capacityBytes)
            value["inodesFree"] = Self.number(space.freeInodes)
            value["inodes"] = Self.number(space.inodes)
        }
        return value
    }

    private func cpu(_ id: String, total: UInt64, reported: UInt64?, at time: Timestamp) -> Value {
        var value: Value = ["time": .string(time.rfc3339), "usageCoreNanoSeconds": Self.number(total)]
        value["usageNanoCores"] = (reported ?? rate(id, total, at: time)).map(Self.number)
        return value
    }

    private static func number(_ value: UInt64) -> Value { .integer(Int64(clamping: value)) }

    // MARK: Rates

    private func rate(of usage: ContainerUsage) -> UInt64? {
        guard let cpu = usage.cpu, let total = cpu.totalNanoseconds else { return nil }
        return cpu.nanocores ?? rate(usage.id, total, at: cpu.time)
    }

    /// Nanoseconds of CPU per second since the last reading; nil at the first.
    private func rate(_ id: String, _ total: UInt64, at time: Timestamp) -> UInt64? {
        readings.withLock { readings in
            guard let last = readings[id], total >= last.nanoseconds else {
                readings[id] = Reading(nanoseconds: total, at: time, nanocores: 0)
                return nil
            }
            let window = time - last.at
            guard window >= Self.windowMin else { return last.nanocores }
            let rate = UInt64(Double(total - last.nanoseconds) / window.inSeconds)
            readings[id] = Reading(nanoseconds: total, at: time, nanocores: rate)
            return rate
        }
    }

    // MARK: Metrics

    /// The answer of `/metrics/resource`, in Prometheus' text form.
    func resourceMetrics() async -> String {
        var text = MetricText()
        let now = services.time.now
        if let load = LoadFacts.read() {
            text.counter("node_cpu_usage_seconds_total", "Cumulative cpu time consumed by the node in core-seconds")
            text.sample("node_cpu_usage_seconds_total", [], Double(load.cpuNanoseconds) / 1e9, now)
        }
        if let memory = MemoryFacts.read() {
            text.gauge("node_memory_working_set_bytes", "Current working set of the node in bytes")
            text.sample(
                "node_memory_working_set_bytes", [], Double(memory.totalBytes - memory.availableBytes), now)
        }
        let usages = await usages()
        text.counter(
            "container_cpu_usage_seconds_total", "Cumulative cpu time consumed by the container in core-seconds")
        for (usage, container) in usages.flatMap({ usage in usage.containers.map { (usage, $0) } }) {
            guard let cpu = container.cpu, let total = cpu.totalNanoseconds else { continue }
            text.sample("container_cpu_usage_seconds_total", labels(usage, container), Double(total) / 1e9, cpu.time)
        }
        text.gauge("container_memory_working_set_bytes", "Current working set of the container in bytes")
        for (usage, container) in usages.flatMap({ usage in usage.containers.map { (usage, $0) } }) {
            guard let memory = container.memory, let bytes = memory.workingSetBytes else { continue }
            text.sample("container_memory_working_set_bytes", labels(usage, container), Double(bytes), memory.time)
        }
        text.gauge("container_start_time_seconds", "Start time of the container since unix epoch in seconds")
        for (usage, container) in usages.flatMap({ usage in usage.containers.map { (usage, $0) } }) {
            guard let start = usage.records.first(where: { $0.id == container.id })?.status.startedAt else { continue }
            text.sample(
                "container_start_time_seconds", labels(usage, container), Double(start.nanoseconds) / 1e9, nil)
        }
        addPods(usages, &text)
        text.gauge("resource_scrape_error", "1 if there was an error while getting container metrics, 0 otherwise")
        text.sample("resource_scrape_error", [], 0, nil)
        return text.text
    }

    private func addPods(_ usages: [Usage], _ text: inout MetricText) {
        text.counter("pod_cpu_usage_seconds_total", "Cumulative cpu time consumed by the pod in core-seconds")
        for usage in usages {
            let total = usage.containers.compactMap { $0.cpu?.totalNanoseconds }.reduce(0, +)
            text.sample("pod_cpu_usage_seconds_total", labels(usage), Double(total) / 1e9, services.time.now)
        }
        text.gauge("pod_memory_working_set_bytes", "Current working set of the pod in bytes")
        for usage in usages {
            let total = usage.containers.compactMap { $0.memory?.workingSetBytes }.reduce(0, +)
            text.sample("pod_memory_working_set_bytes", labels(usage), Double(total), services.time.now)
        }
    }

    /// The answer of `/metrics/probes`.
    func probeMetrics() -> String {
        var text = MetricText()
        text.counter(
            "prober_probe_total",
            "Cumulative number of a liveness, readiness or startup probe for a container by result.")
        for worker in workers.all {
            let pod = worker.pod
            for (tally, count) in worker.probes.tallies {
                let labels = [
                    ("container", tally.container), ("namespace", pod.metadata.namespace), ("pod", pod.metadata.name),
                    ("pod_uid", worker.uid), ("probe_type", tally.kind), ("result", tally.result),
                ]
                text.sample("prober_probe_total", labels, Double(count), nil)
            }
        }
        return text.text
    }

    /// The few figures of `/metrics` that dashboards of nodes begin with.
    func kubeletMetrics() async -> String {
        let workers = workers.all
        var text = MetricText()
        text.gauge("kubelet_running_pods", "Number of pods that have a running pod sandbox")
        text.sample("kubelet_running_pods", [], Double(workers.count { $0.runtime.readySandbox != nil }), nil)
        text.gauge("kubelet_running_containers", "Number of containers currently running")
        let running = workers.reduce(0) { $0 + $1.runtime.containers.count { $0.state == .running } }
        text.sample("kubelet_running_containers", [("container_state", "running")], Double(running), nil)
        return text.text
    }

    private func labels(_ usage: Usage, _ container: ContainerUsage) -> [(String, String)] {
        [("container", container.metadata.name)] + labels(usage)
    }

    private func labels(_ usage: Usage) -> [(String, String)] {
        [("namespace", usage.pod.metadata.namespace), ("pod", usage.pod.metadata.name)]
    }

    // MARK: Asking

    func usages() async -> [Usage] {
        // A runtime that does not answer has nothing to report.
        let all = (try? await services.runtime.listContainerStats(ContainerFilter())) ?? []
        let byPod = Dictionary(grouping: all) { $0.labels[PodLabels.podUID] ?? "" }
        forgetOthers(than: Set(all.map(\.id)))
        var usages: [Usage] = []
        for worker in workers.all {
            guard let sandbox = worker.runtime.readySandbox else { continue }
            // Pods without figures of their network, such as those on the host's, have none.
            let whole = try? await services.runtime.podSandboxStats(sandbox.id)
            var network = whole?.network
            // Not every runtime says when it looked.
            if network?.time.nanoseconds == 0 { network?.time = services.time.now }
            usages.append(
                Usage(
                    pod: worker.pod, containers: byPod[worker.uid] ?? [], network: network,
                    processes: whole?.processCount, records: worker.runtime.containers,
                    cgroup: services.sandboxes.config(worker.pod, attempt: 0).cgroupParent))
        }
        return usages.sorted {
            ($0.pod.metadata.namespace, $0.pod.metadata.name) < ($1.pod.metadata.namespace, $1.pod.metadata.name)
        }
    }

    private func forgetOthers(than ids: Set<String>) {
        readings.withLock { $0 = $0.filter { $0.key.isEmpty || ids.contains($0.key) } }
    }
}
