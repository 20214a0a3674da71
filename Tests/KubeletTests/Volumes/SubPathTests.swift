import Determinism
import Glibc
import Kubelet
import LinuxKernel
import Testing

@Suite("SubPath")
struct SubPathTests {
    let directory = "/tmp/kubelet-test-\(SystemRandomSource().nameSuffix(10))"

    private func mode(_ path: String) -> UInt32 {
        var info = stat()
        return stat(path, &info) == 0 ? UInt32(info.st_mode) & 0o7777 : 0
    }

    @Test("what is made in a volume may be used by whoever may use the volume")
    func mode() throws {
        defer { try? HostFiles.remove(directory) }
        try HostFiles.makeDirectory("\(directory)/volume")
        chmod("\(directory)/volume", 0o2777)
        try SubPath.bind(
            volume: "\(directory)/volume", relative: "a/b", to: "\(directory)/target", mounts: FakeMounts())
        #expect(mode("\(directory)/volume/a") == 0o2777)
        #expect(mode("\(directory)/volume/a/b") == 0o2777)
        try HostFiles.makeDirectory("\(directory)/volume/kept", mode: 0o700)
        try SubPath.bind(
            volume: "\(directory)/volume", relative: "kept/c", to: "\(directory)/other", mounts: FakeMounts())
        #expect(mode("\(directory)/volume/kept") == 0o700)
    }

    @Test("a link that leads out of the volume is not followed", arguments: ["out", "out/x", "../x"])
    func escape(part: String) throws {
        defer { try? HostFiles.remove(directory) }
        try HostFiles.makeDirectory("\(directory)/volume")
        symlink("/tmp", "\(directory)/volume/out")
        #expect(throws: (any Error).self) {
            try SubPath.bind(
                volume: "\(directory)/volume", relative: part, to: "\(directory)/target", mounts: FakeMounts())
        }
    }
}
