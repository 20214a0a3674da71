internal import Glibc

/// What does not change while the machine runs.
package struct MachineFacts: Sendable, Equatable {
    package var name: MachineName
    /// Differs for every start of the machine.
    package var bootID: String
    /// The same for every start of the machine.
    package var machineID: String
    package var systemUUID: String
    /// `Debian GNU/Linux 12 (bookworm)`
    package var osImage: String
    package var cpuCount: Int
    package var memoryBytes: UInt64

    /// Reads the facts below `root`; what a machine does not tell is empty.
    package static func read(root: String = "") -> MachineFacts {
        let machineID = firstLine("\(root)/etc/machine-id")
        let uuid = firstLine("\(root)/sys/class/dmi/id/product_uuid")
        return MachineFacts(
            name: MachineName.read(),
            bootID: firstLine("\(root)/proc/sys/kernel/random/boot_id"),
            machineID: machineID,
            systemUUID: uuid.isEmpty ? machineID : uuid,
            // A machine without os-release is just some Linux.
            osImage: (try? Files.text("\(root)/etc/os-release")).flatMap(prettyName) ?? "Linux",
            cpuCount: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            memoryBytes: MemoryFacts.read(root: root)?.totalBytes ?? 0)
    }

    /// The value of PRETTY_NAME.
    static func prettyName(_ osRelease: String) -> String? {
        for line in osRelease.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return String(line.dropFirst(12).filter { $0 != "\"" })
        }
        return nil
    }

    /// Empty when the file is not there: not every machine has each of them.
    private static func firstLine(_ path: String) -> String {
        guard let text = try? Files.text(path) else { return "" }
        return String(text.prefix { $0 != "\n" })
    }
}

/// /proc/meminfo, in bytes.
package struct MemoryFacts: Sendable, Equatable {
    package var totalBytes: UInt64
    package var freeBytes: UInt64
    /// What programs may still take without swapping.
    package var availableBytes: UInt64
    package var swapTotalBytes: UInt64
    package var swapFreeBytes: UInt64

    package static func read(root: String = "") -> MemoryFacts? {
        // Without /proc nothing is known of memory.
        (try? Files.text("\(root)/proc/meminfo")).flatMap(parse)
    }

    package static func parse(_ text: String) -> MemoryFacts? {
        var kilobytes: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == ":" }
            if words.count >= 2, let value = UInt64(words[1]) { kilobytes[words[0]] = value }
        }
        guard let total = kilobytes["MemTotal"] else { return nil }
        return MemoryFacts(
            totalBytes: total * 1024, freeBytes: (kilobytes["MemFree"] ?? 0) * 1024,
            availableBytes: (kilobytes["MemAvailable"] ?? 0) * 1024,
            swapTotalBytes: (kilobytes["SwapTotal"] ?? 0) * 1024,
            swapFreeBytes: (kilobytes["SwapFree"] ?? 0) * 1024)
    }
}

/// How busy the machine is.
package struct LoadFacts: Sendable, Equatable {
    /// Processes that run or wait, averaged over 1, 5 and 15 minutes.
    package var averages: [Double]
    /// CPU time used by all cores since the machine started, in nanoseconds.
    package var cpuNanoseconds: UInt64
    /// Processes since the machine started, and how many a pid namespace may hold.
    package var processCount: Int
    package var processLimit: Int

    package static func read(root: String = "") -> LoadFacts? {
        // Without /proc nothing is known of load.
        guard let load = try? Files.text("\(root)/proc/loadavg"), let stat = try? Files.text("\(root)/proc/stat")
        else { return nil }
        // A kernel without this file has the default limit.
        let limit = (try? Files.text("\(root)/proc/sys/kernel/pid_max")).flatMap { Int($0.dropLast()) } ?? 32_768
        let tick = 1_000_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK)))
        return parse(load: load, stat: stat, processLimit: limit, tickNanoseconds: tick)
    }

    static func parse(
        load: String, stat: String, processLimit: Int, tickNanoseconds: UInt64
    ) -> LoadFacts? {
        let words = load.split(separator: " ")
        guard words.count >= 4, let first = stat.split(separator: "\n").first else { return nil }
        // user nice system idle iowait irq softirq steal: all but idle and iowait is work.
        let ticks = first.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        let busy = ticks.prefix(8).enumerated().filter { $0.offset != 3 && $0.offset != 4 }.map(\.element).reduce(0, +)
        let processes = words[3].split(separator: "/").last.flatMap { Int($0) } ?? 0
        return LoadFacts(
            averages: words.prefix(3).compactMap { Double($0) }, cpuNanoseconds: busy * tickNanoseconds,
            processCount: processes, processLimit: processLimit)
    }
}
