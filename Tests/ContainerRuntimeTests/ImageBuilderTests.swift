import ContainerRuntime
import LinuxKernel
import Testing

@Suite("ImageBuilder")
struct ImageBuilderTests {
    /// Builds in a folder of its own and returns the archive's table of contents and its bytes.
    func build(_ blueprint: ImageBlueprint, _ name: String) async throws -> (names: [String], bytes: [UInt8]) {
        let folder = "/tmp/apus-image-\(ProcessTable.ownPID)-\(name)"
        try Files.makeDirectory(folder)
        try ImageBuilder.write(blueprint, to: "\(folder)/image.tar")
        let listing = try await SystemProcessRunner().run(
            ProcessSpec("/bin/tar", ["-tf", "\(folder)/image.tar"]), timeout: .seconds(20))
        #expect(listing.errors.isEmpty)
        let bytes = try Files.read("\(folder)/image.tar")
        #expect(try Files.list(folder) == ["image.tar"])
        try Files.removeTree(folder)
        return (listing.outputText.split(separator: "\n").map(String.init), bytes)
    }

    @Test func `the pause image is tiny and the same every time`() async throws {
        let blueprint = try #require(PauseProgram.imageSpec(architecture: "amd64"))
        let first = try await build(blueprint, "a")
        let second = try await build(blueprint, "b")
        #expect(first.bytes == second.bytes)
        #expect(first.bytes.count < 12_000)
        #expect(first.names.prefix(2) == ["oci-layout", "index.json"])
        #expect(first.names.count == 5)
    }

    @Test func `there is no pause program for a strange processor`() {
        #expect(PauseProgram.imageSpec(architecture: "vax") == nil)
    }

    @Test func `long paths and links survive`() async throws {
        let long = String(repeating: "deep/", count: 40) + "end"
        var blueprint = ImageBlueprint(name: "apus.local/test:1", architecture: "amd64")
        blueprint.layers = [
            .files([
                ImageFile(long, .bytes(Array("x".utf8))), ImageFile("link", .symlink(long)),
                ImageFile("folder", .directory, mode: 0o755),
            ])
        ]
        let folder = "/tmp/apus-image-\(ProcessTable.ownPID)-long"
        try Files.makeDirectory(folder)
        try ImageBuilder.write(blueprint, to: "\(folder)/image.tar")
        let script = """
            cd \(folder) && tar -xf image.tar && for b in blobs/sha256/*; do tar -tvf $b 2>/dev/null; done
            """
        let listing = try await SystemProcessRunner().run(
            ProcessSpec("/bin/sh", ["-c", script]), timeout: .seconds(20))
        #expect(listing.outputText.contains("link -> \(long)"))
        #expect(listing.outputText.contains(" \(long)\n"))
        #expect(listing.outputText.contains("drwxr-xr-x 0/0               0 1970-01-01 00:00 folder/"))
        try Files.removeTree(folder)
    }
}
