package import Determinism
internal import Glibc
internal import LinuxKernel

/// What the kernel knows of this process, under the names that every Prometheus client has.
package enum ProcessMetrics {
    /// - started: when the process began.
    package static func register(in registry: MetricsRegistry, started: Timestamp) {
        func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable () -> Double?) {
            registry.add(MetricFamily(name, .gauge, help, nil)) { value().map { [MetricSample([], $0)] } ?? [] }
        }
        registry.add(
            MetricFamily(
                "process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.", nil)
        ) { [MetricSample([], processorSeconds)] }
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.") { pages(1) }
        gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.") { pages(0) }
        gauge("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.") {
            limit(RLIMIT_AS)
        }
        gauge("process_open_fds", "Number of open file descriptors.") {
            // Who may not look at their own files tells nothing of them.
            (try? Files.list("/proc/self/fd")).map { Double($0.count) }
        }
        gauge("process_max_fds", "Maximum number of open file descriptors.") { limit(RLIMIT_NOFILE) }
        registry.add(
            MetricFamily(
                "process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.")
        ) { [MetricSample([], Double(started.nanoseconds) / 1e9)] }
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ((seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 100).rounded() / 100
    }

    /// A field of `/proc/self/statm`, in bytes.
    private static func pages(_ field: Int) -> Double? {
        // Without /proc there is nothing to tell.
        guard let bytes = try? Files.read("/proc/self/statm") else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.indices.contains(field), let count = Double(fields[field]) else { return nil }
        return count * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func limit(_ resource: __rlimit_resource) -> Double? {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &limits) == 0 else { return nil }
        return Double(limits.rlim_cur)
    }
}
