internal import Glibc
internal import Synchronization

/// Control groups that nobody but a test sees.
package final class FakeCgroups: CgroupService {
    private struct Group {
        var limits = CgroupLimits()
        var usage = CgroupUsage()
        var processes: [Int32] = []
    }

    package let version: Int
    private let groups = Mutex<[String: Group]>([:])

    package init(version: Int = 2) { self.version = version }

    package func limits(_ path: String) -> CgroupLimits? { groups.withLock { $0[path]?.limits } }

    package var paths: [String] { groups.withLock { $0.keys.sorted() } }

    package func setUsage(_ path: String, _ usage: CgroupUsage) { groups.withLock { $0[path]?.usage = usage } }

    package func setProcesses(_ path: String, _ numbers: [Int32]) {
        groups.withLock { $0[path]?.processes = numbers }
    }

    package func create(_ path: String, _ limits: CgroupLimits) throws(KernelError) {
        groups.withLock { groups in
            var whole = ""
            for part in path.split(separator: "/") {
                whole += "/\(part)"
                if groups[whole] == nil { groups[whole] = Group() }
            }
            groups[path]?.limits.merge(limits)
        }
    }

    package func update(_ path: String, _ limits: CgroupLimits) throws(KernelError) {
        let found = groups.withLock { groups in
            groups[path]?.limits.merge(limits)
            return groups[path] != nil
        }
        guard found else { throw KernelError("write", path, code: ENOENT) }
    }

    package func remove(_ path: String) throws(KernelError) {
        let isBusy = groups.withLock { groups in
            let below = groups.filter { $0.key == path || $0.key.hasPrefix("\(path)/") }
            guard below.values.allSatisfy(\.processes.isEmpty) else { return true }
            for key in below.keys { groups[key] = nil }
            return false
        }
        if isBusy { throw KernelError("remove", path, code: EBUSY) }
    }

    package func exists(_ path: String) -> Bool { groups.withLock { $0[path] != nil } }

    package func children(_ path: String) throws(KernelError) -> [String] {
        groups.withLock { groups in
            groups.keys.filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
                .filter { !$0.contains("/") }.sorted()
        }
    }

    package func processes(_ path: String) throws(KernelError) -> [Int32] {
        groups.withLock { groups in
            groups.filter { $0.key == path || $0.key.hasPrefix("\(path)/") }.flatMap(\.value.processes).sorted()
        }
    }

    package func usage(_ path: String) throws(KernelError) -> CgroupUsage {
        guard let usage = groups.withLock({ $0[path]?.usage }) else { throw KernelError("read", path, code: ENOENT) }
        return usage
    }
}

extension CgroupLimits {
    /// Takes over the limits that `other` sets.
    fileprivate mutating func merge(_ other: CgroupLimits) {
        cpuShares = other.cpuShares ?? cpuShares
        cpuQuotaMicros = other.cpuQuotaMicros ?? cpuQuotaMicros
        cpuPeriodMicros = other.cpuPeriodMicros ?? cpuPeriodMicros
        memoryBytes = other.memoryBytes ?? memoryBytes
        processes = other.processes ?? processes
    }
}
