import LinuxKernel
import Testing

@Suite("Machine")
struct MachineTests {
    @Test func `memory is read in bytes`() {
        let facts = MemoryFacts.parse("MemTotal:       100 kB\nMemFree: 10 kB\nMemAvailable:  50 kB\n")
        #expect(facts?.totalBytes == 102_400)
        #expect(facts?.availableBytes == 51_200)
        #expect(MemoryFacts.parse("nonsense") == nil)
    }

    @Test func `the mount table's octal escapes are undone`() {
        let points = MountTable.parse("/dev/sda /mnt/a\\040b\\134c ext4 rw,noatime 0 0")
        #expect(points == [
            MountPoint(source: "/dev/sda", target: "/mnt/a b\\c", type: "ext4", options: ["rw", "noatime"])
        ])
    }

    @Test func `a capability is a bit of the effective set`() {
        let status = "Name:\tx\nCapEff:\t000001fffeffffff\n"
        #expect(!ProcessTable.hasCapability(24, status: status))
        #expect(ProcessTable.hasCapability(21, status: status))
    }

    @Test func `this machine tells what it is`() {
        let facts = MachineFacts.read()
        #expect(!facts.bootID.isEmpty)
        #expect(facts.cpuCount > 0)
        #expect(facts.memoryBytes > 0)
        #expect(LoadFacts.read().map { $0.cpuNanoseconds > 0 && $0.processCount > 1 } == true)
    }
}
