/// Where this machine's control groups are.
package enum CgroupLayout: Sendable, Equatable {
    /// One tree per controller: where each is mounted.
    case v1(controllers: [String: String])
    /// One tree for all.
    case v2(root: String)

    /// Controllers without which a node cannot limit its pods.
    static let needed = ["cpu", "memory"]

    /// Reads the layout off the mount table. A machine with both, where v1 has the controllers, is v1.
    package static func detect(_ mounts: [MountPoint]) -> CgroupLayout? {
        var controllers: [String: String] = [:]
        var unified: String?
        for mount in mounts {
            if mount.type == "cgroup2" { unified = mount.target }
            if mount.type == "cgroup" {
                for option in mount.options where known.contains(option) { controllers[option] = mount.target }
            }
        }
        if needed.allSatisfy({ controllers[$0] != nil }) {
            // runc makes its groups there too, although it limits nothing by them; so they must go like the others.
            controllers["unified"] = unified
            return .v1(controllers: controllers)
        }
        return unified.map { .v2(root: $0) }
    }

    private static let known: Set<String> = [
        "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio",
        "perf_event", "rdma", "misc", "name=systemd",
    ]

    /// The folders that stand for the group `path` (`/kubepods/besteffort`), one per tree.
    func folders(_ path: String) -> [String] {
        switch self {
        case .v1(let controllers): Set(controllers.values).map { $0 + path }.sorted()
        case .v2(let root): [root + path]
        }
    }

    /// The folder in which this controller's files of the group are.
    func folder(_ controller: String, _ path: String) -> String? {
        switch self {
        case .v1(let controllers): controllers[controller].map { $0 + path }
        case .v2(let root): root + path
        }
    }
}
