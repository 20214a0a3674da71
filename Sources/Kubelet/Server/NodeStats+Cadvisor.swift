internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel

/// The answer of `/metrics/cadvisor`: those figures of cAdvisor's that dashboards and alerts of pods are made of.
extension NodeStats {
    private struct Row {
        var labels: [(String, String)]
        var usage: ContainerUsage
        var container: Container?
        var startedAt: Timestamp?
    }

    private struct Family {
        var name: String
        var help: String
        var isCounter: Bool
        var extra: [(String, String)]
        var value: @Sendable (Row) -> Double?

        static func counter(
            _ name: String, _ help: String, _ extra: [(String, String)] = [],
            _ value: @escaping @Sendable (Row) -> Double?
        ) -> Family { Family(name: name, help: help, isCounter: true, extra: extra, value: value) }

        static func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (Row) -> Double?) -> Family {
            Family(name: name, help: help, isCounter: false, extra: [], value: value)
        }
    }

    func cadvisorMetrics() async -> String {
        var text = MetricText()
        let usages = await usages()
        let rows = usages.flatMap { usage in usage.containers.map { row($0, of: usage) } }
        for family in Self.families {
            if family.isCounter { text.counter(family.name, family.help) } else { text.gauge(family.name, family.help) }
            for row in rows {
                guard let value = family.value(row) else { continue }
                let time = row.usage.cpu?.time ?? row.usage.memory?.time
                text.sample(family.name, row.labels + family.extra, value, time)
            }
        }
        addNetwork(usages, &text)
        let facts = services.machine.facts
        text.gauge("machine_cpu_cores", "Number of logical CPU cores.")
        text.sample("machine_cpu_cores", [], Double(facts.cpuCount), nil)
        text.gauge("machine_memory_bytes", "Amount of memory installed on the machine.")
        text.sample("machine_memory_bytes", [], Double(facts.memoryBytes), nil)
        return text.text
    }

    private func row(_ container: ContainerUsage, of usage: Usage) -> Row {
        let record = usage.records.first { $0.id == container.id }
        let labels = [
            ("container", container.metadata.name), ("id", "\(usage.cgroup)/\(container.id)"),
            ("image", record?.status.image ?? ""), ("name", container.id),
            ("namespace", usage.pod.metadata.namespace), ("pod", usage.pod.metadata.name),
        ]
        return Row(
            labels: labels, usage: container, container: usage.pod.container(named: container.metadata.name),
            startedAt: record?.status.startedAt)
    }

    private static var families: [Family] {
        [
            .counter(
                "container_cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", [("cpu", "total")]
            ) {
                $0.usage.cpu?.totalNanoseconds.map { Double($0) / 1e9 }
            },
            .gauge("container_memory_working_set_bytes", "Current working set in bytes.") {
                $0.usage.memory?.workingSetBytes.map { Double($0) }
            },
            .gauge("container_memory_usage_bytes", "Current memory usage in bytes, including all memory.") {
                $0.usage.memory?.usageBytes.map { Double($0) }
            },
            .gauge("container_memory_rss", "Size of RSS in bytes.") { $0.usage.memory?.rssBytes.map { Double($0) } },
            .gauge(
                "container_fs_usage_bytes", "Number of bytes that are consumed by the container on this filesystem."
            ) {
                $0.usage.writableLayer.map { Double($0.usedBytes) }
            },
            .gauge("container_start_time_seconds", "Start time of the container since unix epoch in seconds.") {
                $0.startedAt.map { Double($0.nanoseconds / 1_000_000_000) }
            },
            .gauge("container_last_seen", "Last time a container was seen by the exporter") {
                ($0.usage.cpu?.time).map { Double($0.nanoseconds / 1_000_000_000) }
            },
            .gauge("container_spec_memory_limit_bytes", "Memory limit for the container.") {
                Double($0.container?.resources.limits["memory"]?.value ?? 0)
            },
            .gauge("container_spec_cpu_period", "CPU period of the container.") { _ in
                Double(ResourcePlan.periodMicros)
            },
            .gauge("container_spec_cpu_quota", "CPU quota of the container.") {
                ($0.container?.resources.limits["cpu"]).map { Double(ResourcePlan.quota(milliCPU: $0.milliValue)) }
            },
            .gauge("container_spec_cpu_shares", "CPU share of the container.") {
                Double(ResourcePlan.shares(milliCPU: $0.container?.resources.requests["cpu"]?.milliValue ?? 0))
            },
        ]
    }

    private func addNetwork(_ usages: [Usage], _ text: inout MetricText) {
        let figures: [(String, String, (NetworkUsage) -> UInt64)] = [
            ("container_network_receive_bytes_total", "Cumulative count of bytes received", { $0.receivedBytes }),
            (
                "container_network_receive_errors_total", "Cumulative count of errors encountered while receiving",
                { $0.receiveErrors }
            ),
            ("container_network_transmit_bytes_total", "Cumulative count of bytes transmitted", { $0.sentBytes }),
            (
                "container_network_transmit_errors_total",
                "Cumulative count of errors encountered while transmitting", { $0.sendErrors }
            ),
        ]
        for (name, help, value) in figures {
            text.counter(name, help)
            for usage in usages {
                guard let network = usage.network else { continue }
                let labels = [
                    ("container", ""), ("id", usage.cgroup), ("interface", network.interface),
                    ("namespace", usage.pod.metadata.namespace), ("pod", usage.pod.metadata.name),
                ]
                text.sample(name, labels, Double(value(network)), network.time)
            }
        }
    }
}
