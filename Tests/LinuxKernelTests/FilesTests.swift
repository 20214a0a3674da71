import LinuxKernel
import Testing

@Suite("Files")
struct FilesTests {
    /// A folder of this test alone; the caller removes it.
    func scratch(_ name: String) throws -> String {
        let path = "/tmp/apus-files-\(ProcessTable.ownPID)-\(name)"
        try Files.makeDirectory("\(path)/deep/er")
        return path
    }

    @Test func `a tree is written, measured and removed`() throws {
        let root = try scratch("tree")
        try Files.write("\(root)/deep/er/a", Array("hello".utf8))
        try Files.writeAtomically("\(root)/deep/b", Array("there".utf8), mode: 0o600)
        try Files.symlink("er/a", at: "\(root)/deep/link")
        #expect(try Files.text("\(root)/deep/link") == "hello")
        #expect(try FileFacts.read("\(root)/deep/link")?.kind == .symlink)
        #expect(try FileFacts.read("\(root)/deep/b")?.mode == 0o600)
        #expect(try Files.list("\(root)/deep") == ["b", "er", "link"])
        #expect(try TreeUsage.read(root).inodes == 6)
        try Files.removeTree(root)
        #expect(!Files.exists(root))
    }

    @Test func `a watch tells of a file that is moved into place`() async throws {
        let root = try scratch("watch")
        let changes = try FileWatch.changes(in: root)
        try Files.writeAtomically("\(root)/token", Array("x".utf8))
        var seen: [String] = []
        for await name in changes {
            seen.append(name)
            if name == "token" { break }
        }
        #expect(seen.first == "token.new")
        try Files.removeTree(root)
    }

    @Test func `a missing file is told apart from an empty one`() throws {
        #expect(try FileFacts.read("/nowhere/at/all") == nil)
        #expect(throws: KernelError("read", "/nowhere/at/all", code: 2)) { try Files.read("/nowhere/at/all") }
    }
}
