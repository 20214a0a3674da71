internal import Glibc

/// Control groups by path from the root of the hierarchy, such as `/apus/kubepods/burstable`.
/// Implementations: ``SystemCgroups`` and ``FakeCgroups``.
package protocol CgroupService: Sendable {
    /// 1 or 2.
    var version: Int { get }

    /// Makes the group, and those above it, and sets its limits. A group that exists only gets the limits.
    func create(_ path: String, _ limits: CgroupLimits) throws(KernelError)

    /// Sets limits of a group; throws when there is no such group.
    func update(_ path: String, _ limits: CgroupLimits) throws(KernelError)

    /// Removes a group and those below it. Processes still in them make it throw "busy"; a missing group does not.
    func remove(_ path: String) throws(KernelError)

    func exists(_ path: String) -> Bool

    /// The names of the groups right below.
    func children(_ path: String) throws(KernelError) -> [String]

    /// The processes in the group itself and below.
    func processes(_ path: String) throws(KernelError) -> [Int32]

    func usage(_ path: String) throws(KernelError) -> CgroupUsage
}

/// The kernel's control groups.
package struct SystemCgroups: CgroupService {
    package let layout: CgroupLayout

    package init(layout: CgroupLayout) { self.layout = layout }

    /// What this machine has; throws "not supported" when no usable hierarchy is mounted.
    package init() throws(KernelError) {
        guard let layout = CgroupLayout.detect(try SystemMounts().list()) else {
            throw KernelError("find control groups", code: ENOTSUP)
        }
        self.layout = layout
    }

    package var version: Int {
        switch layout {
        case .v1: 1
        case .v2: 2
        }
    }

    package func create(_ path: String, _ limits: CgroupLimits) throws(KernelError) {
        var whole = ""
        for part in path.split(separator: "/") {
            let above = whole
            whole += "/\(part)"
            switch layout {
            case .v1: for folder in layout.folders(whole) { try Files.makeDirectory(folder) }
            case .v2(let root):
                try handDown(root + above)
                try Files.makeDirectory(root + whole)
            }
            try inheritCPUSet(whole, from: above)
        }
        try update(path, limits)
    }

    package func update(_ path: String, _ limits: CgroupLimits) throws(KernelError) {
        let settings =
            switch layout {
            case .v1: limits.v1Settings
            case .v2: limits.v2Settings
            }
        for setting in settings {
            // A controller that this machine lacks limits nothing.
            guard let folder = layout.folder(setting.controller, path) else { continue }
            try put(setting.value, "\(folder)/\(setting.file)")
        }
    }

    package func remove(_ path: String) throws(KernelError) {
        for folder in layout.folders(path) { try removeGroups(folder) }
    }

    package func exists(_ path: String) -> Bool { layout.folders(path).allSatisfy(Files.exists) }

    package func children(_ path: String) throws(KernelError) -> [String] {
        try Self.groups(below: layout.folder("memory", path) ?? path)
    }

    package func processes(_ path: String) throws(KernelError) -> [Int32] {
        guard let folder = layout.folder("memory", path), Files.exists(folder) else { return [] }
        return try Self.processes(in: folder)
    }

    package func usage(_ path: String) throws(KernelError) -> CgroupUsage {
        switch layout {
        case .v1: try CgroupUsageReader.v1(layout, path)
        case .v2(let root): try CgroupUsageReader.v2(root + path)
        }
    }

    /// v2: a group's children have only the controllers that it hands down.
    private func handDown(_ folder: String) throws(KernelError) {
        let available = try Files.text("\(folder)/cgroup.controllers").split { $0 == " " || $0 == "\n" }
        for controller in ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"]
        where available.contains(where: { $0 == controller }) {
            try put("+\(controller)", "\(folder)/cgroup.subtree_control")
        }
    }

    /// v1: a cpuset without CPUs or memory takes no process.
    private func inheritCPUSet(_ path: String, from above: String) throws(KernelError) {
        guard case .v1(let controllers) = layout, let root = controllers["cpuset"] else { return }
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let own = try Files.text("\(root)\(path)/\(file)")
            guard own.allSatisfy(\.isWhitespace) else { continue }
            try put(try Files.text("\(root)\(above)/\(file)"), "\(root)\(path)/\(file)")
        }
    }

    private func put(_ value: String, _ file: String) throws(KernelError) {
        do throws(KernelError) {
            try Descriptor.open(file, flags: O_WRONLY).writeAll(value.utf8)
        } catch {
            throw KernelError("write", file, code: error.code)
        }
    }

    private func removeGroups(_ folder: String) throws(KernelError) {
        guard Files.exists(folder) else { return }
        for name in try Self.groups(below: folder) { try removeGroups("\(folder)/\(name)") }
        guard rmdir(folder) == 0 || errno == ENOENT else { throw .last("remove", folder) }
    }

    private static func groups(below folder: String) throws(KernelError) -> [String] {
        var names: [String] = []
        for name in try Files.list(folder) {
            if try FileFacts.read("\(folder)/\(name)")?.kind == .directory { names.append(name) }
        }
        return names
    }

    private static func processes(in folder: String) throws(KernelError) -> [Int32] {
        var numbers = try Files.text("\(folder)/cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
        for name in try groups(below: folder) { numbers += try processes(in: "\(folder)/\(name)") }
        return numbers
    }
}
