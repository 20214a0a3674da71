import Determinism
import Kubelet
import Testing

@Suite("AtomicDirectory")
struct AtomicDirectoryTests {
    let directory = "/tmp/kubelet-test-\(SystemRandomSource().nameSuffix(10))"

    private func file(_ text: String) -> VolumeFile { VolumeFile(bytes: Array(text.utf8), mode: 0o640) }

    private func text(_ name: String) -> String? { HostFiles.text("\(directory)/\(name)") }

    @Test("files appear through links, change together, and old ones go")
    func updates() throws {
        defer { try? HostFiles.remove(directory) }
        try HostFiles.makeDirectory(directory)
        #expect(try AtomicDirectory.write(["a": file("1"), "sub/b": file("2")], to: directory, unique: "one"))
        #expect(text("a") == "1")
        #expect(text("sub/b") == "2")
        #expect(HostFiles.linkTarget("\(directory)/a") == "..data/a")
        #expect(HostFiles.linkTarget("\(directory)/sub") == "..data/sub")
        #expect(try !AtomicDirectory.write(["a": file("1"), "sub/b": file("2")], to: directory, unique: "two"))
        #expect(try AtomicDirectory.write(["a": file("3")], to: directory, unique: "three"))
        #expect(text("a") == "3")
        #expect(text("sub/b") == nil)
        #expect(HostFiles.names(in: directory) == ["..data", "..three", "a"])
    }
}
