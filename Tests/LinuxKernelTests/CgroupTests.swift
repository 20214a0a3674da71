import LinuxKernel
import Testing

@Suite("Control groups")
struct CgroupTests {
    static let v1Mounts = """
        tmpfs /sys/fs/cgroup tmpfs rw 0 0
        cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
        cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
        cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
        """

    @Test func `a machine with both trees is v1 when v1 has the controllers, and keeps both in order`() {
        let layout = CgroupLayout.detect(MountTable.parse(Self.v1Mounts))
        #expect(
            layout
                == .v1(controllers: [
                    "cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
                    "memory": "/sys/fs/cgroup/memory", "unified": "/sys/fs/cgroup/unified",
                ]))
    }

    @Test func `a machine with the unified tree alone is v2`() {
        let mounts = MountTable.parse("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0")
        #expect(CgroupLayout.detect(mounts) == .v2(root: "/sys/fs/cgroup"))
        #expect(CgroupLayout.detect([]) == nil)
    }

    @Test(arguments: [(2, 1), (102, 17), (1024, 100), (262_144, 10_000)] as [(UInt64, UInt64)])
    func `shares become weights`(shares: UInt64, weight: UInt64) {
        #expect(CgroupLimits.weight(shares: shares) == weight)
    }

    @Test func `limits become files of the version`() {
        let limits = CgroupLimits(cpuShares: 1024, cpuQuotaMicros: -1, memoryBytes: 4096, processes: -1)
        #expect(limits.v2Settings.map { "\($0.file)=\($0.value)" } == [
            "cpu.weight=100", "cpu.max=max 100000", "memory.max=4096", "pids.max=max",
        ])
        #expect(limits.v1Settings.map { "\($0.file)=\($0.value)" } == [
            "cpu.shares=1024", "cpu.cfs_quota_us=-1", "memory.limit_in_bytes=4096", "pids.max=max",
        ])
    }

    @Test func `the fake refuses to remove a group that holds processes`() throws {
        let groups = FakeCgroups()
        try groups.create("/a/b", CgroupLimits(cpuShares: 2))
        groups.setProcesses("/a/b", [42])
        #expect(throws: KernelError.self) { try groups.remove("/a") }
        groups.setProcesses("/a/b", [])
        try groups.remove("/a")
        #expect(groups.paths.isEmpty)
    }

    /// Needs root and a cgroup tree.
    @Test(.enabled(if: ProcessTable.isRoot))
    func `a group of the real kernel takes limits and goes away`() throws {
        let groups = try SystemCgroups()
        let path = "/apus-test-\(ProcessTable.ownPID)"
        try groups.create("\(path)/inner", CgroupLimits(cpuShares: 512, memoryBytes: 64 << 20, processes: 100))
        #expect(groups.exists("\(path)/inner"))
        #expect(try groups.children(path) == ["inner"])
        #expect(try groups.usage("\(path)/inner").processes == 0)
        try groups.remove(path)
        #expect(!groups.exists(path))
    }
}
