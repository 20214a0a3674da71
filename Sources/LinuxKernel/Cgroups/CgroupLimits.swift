internal import Glibc

/// Limits of a control group; nil leaves a limit as it is.
package struct CgroupLimits: Sendable, Equatable {
    /// Weight against siblings in the terms of v1, 2 to 262,144.
    package var cpuShares: UInt64?
    /// Microseconds of CPU per period; -1 for no limit.
    package var cpuQuotaMicros: Int64?
    package var cpuPeriodMicros: UInt64?
    /// -1 for no limit.
    package var memoryBytes: Int64?
    /// -1 for no limit.
    package var processes: Int64?

    package init(
        cpuShares: UInt64? = nil, cpuQuotaMicros: Int64? = nil, cpuPeriodMicros: UInt64? = nil,
        memoryBytes: Int64? = nil, processes: Int64? = nil
    ) {
        self.cpuShares = cpuShares
        self.cpuQuotaMicros = cpuQuotaMicros
        self.cpuPeriodMicros = cpuPeriodMicros
        self.memoryBytes = memoryBytes
        self.processes = processes
    }

    /// One file to write.
    package struct Setting: Sendable, Equatable {
        package var controller: String
        package var file: String
        package var value: String
    }

    /// The files that put these limits in force under v1.
    package var v1Settings: [Setting] {
        var settings: [Setting] = []
        func set(_ controller: String, _ file: String, _ value: (some CustomStringConvertible)?) {
            if let value { settings.append(Setting(controller: controller, file: file, value: "\(value)")) }
        }
        set("cpu", "cpu.shares", cpuShares)
        set("cpu", "cpu.cfs_period_us", cpuPeriodMicros)
        set("cpu", "cpu.cfs_quota_us", cpuQuotaMicros)
        set("memory", "memory.limit_in_bytes", memoryBytes)
        set("pids", "pids.max", processes.map { $0 < 0 ? "max" : String($0) })
        return settings
    }

    /// The files that put these limits in force under v2.
    package var v2Settings: [Setting] {
        var settings: [Setting] = []
        func set(_ controller: String, _ file: String, _ value: (some CustomStringConvertible)?) {
            if let value { settings.append(Setting(controller: controller, file: file, value: "\(value)")) }
        }
        set("cpu", "cpu.weight", cpuShares.map(Self.weight(shares:)))
        if let quota = cpuQuotaMicros {
            set("cpu", "cpu.max", "\(quota < 0 ? "max" : String(quota)) \(cpuPeriodMicros ?? 100_000)")
        }
        set("memory", "memory.max", memoryBytes.map { $0 < 0 ? "max" : String($0) })
        set("pids", "pids.max", processes.map { $0 < 0 ? "max" : String($0) })
        return settings
    }

    /// The weight (1 to 10,000) that stands for shares (2 to 262,144), such that 1,024 shares are the default
    /// weight of 100: a quadratic through three points in logarithms, as runc has had it since 1.3.2.
    package static func weight(shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let logarithm = log2(Double(shares))
        let exponent = (logarithm * logarithm + 125 * logarithm) / 612 - 7.0 / 34
        return UInt64(pow(10, exponent).rounded(.up))
    }
}

/// What a control group has used and uses.
package struct CgroupUsage: Sendable, Equatable {
    /// CPU time since the group was made, in nanoseconds.
    package var cpuNanoseconds: UInt64 = 0
    package var memoryBytes: UInt64 = 0
    /// Memory less file pages that nobody has touched lately.
    package var workingSetBytes: UInt64 = 0
    /// Memory that belongs to no file.
    package var rssBytes: UInt64 = 0
    package var processes: UInt64 = 0
    package var pageFaults: UInt64 = 0
    package var majorPageFaults: UInt64 = 0

    package init() {}
}
