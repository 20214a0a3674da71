/// Reads what a group uses from its files. Files that a kernel lacks count as zero.
enum CgroupUsageReader {
    static func v1(_ layout: CgroupLayout, _ path: String) throws(KernelError) -> CgroupUsage {
        var usage = CgroupUsage()
        if let folder = layout.folder("cpuacct", path) { usage.cpuNanoseconds = try number("\(folder)/cpuacct.usage") }
        if let folder = layout.folder("memory", path) {
            usage.memoryBytes = try number("\(folder)/memory.usage_in_bytes")
            let parts = try table("\(folder)/memory.stat")
            let inactive = parts["total_inactive_file"] ?? 0
            usage.workingSetBytes = usage.memoryBytes > inactive ? usage.memoryBytes - inactive : 0
            usage.rssBytes = parts["total_rss"] ?? 0
            usage.pageFaults = parts["total_pgfault"] ?? 0
            usage.majorPageFaults = parts["total_pgmajfault"] ?? 0
        }
        // The root group counts no processes.
        if let folder = layout.folder("pids", path), Files.exists("\(folder)/pids.current") {
            usage.processes = try number("\(folder)/pids.current")
        }
        return usage
    }

    static func v2(_ folder: String) throws(KernelError) -> CgroupUsage {
        var usage = CgroupUsage()
        usage.cpuNanoseconds = (try table("\(folder)/cpu.stat")["usage_usec"] ?? 0) * 1000
        let parts = try table("\(folder)/memory.stat")
        // The root group has no memory.current: what its pages add up to is close enough.
        usage.memoryBytes =
            Files.exists("\(folder)/memory.current")
            ? try number("\(folder)/memory.current") : (parts["anon"] ?? 0) + (parts["file"] ?? 0)
        let inactive = parts["inactive_file"] ?? 0
        usage.workingSetBytes = usage.memoryBytes > inactive ? usage.memoryBytes - inactive : 0
        usage.rssBytes = parts["anon"] ?? 0
        usage.pageFaults = parts["pgfault"] ?? 0
        usage.majorPageFaults = parts["pgmajfault"] ?? 0
        if Files.exists("\(folder)/pids.current") { usage.processes = try number("\(folder)/pids.current") }
        return usage
    }

    private static func number(_ file: String) throws(KernelError) -> UInt64 {
        UInt64(try Files.text(file).prefix { $0.isNumber }) ?? 0
    }

    private static func table(_ file: String) throws(KernelError) -> [Substring: UInt64] {
        var values: [Substring: UInt64] = [:]
        for line in try Files.text(file).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { values[words[0]] = UInt64(words[1]) }
        }
        return values
    }
}
