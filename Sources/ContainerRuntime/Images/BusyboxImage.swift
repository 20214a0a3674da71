package import LinuxKernel

/// An image with a shell and a web server from the machine's own static busybox, so that a cluster without a
/// registry has something to run.
package enum BusyboxImage {
    package static let name = "docker.io/library/busybox:latest"
    package static let aliases = ["apus.local/busybox:1"]

    /// Where Debian's busybox-static puts it.
    package static let program = "/bin/busybox"

    /// The image's contents. `applets` are the names that the program answers to (`busybox --list`).
    package static func blueprint(
        program: String = BusyboxImage.program, applets: [String],
        architecture: String = MachineName.read().architecture
    ) -> ImageBlueprint {
        let folders = ["bin", "dev", "etc", "home", "proc", "root", "sys", "usr", "usr/bin", "var", "var/www"]
        var files = folders.map { ImageFile($0, .directory, mode: 0o755) }
        files.append(ImageFile("tmp", .directory, mode: 0o1777))
        files.append(ImageFile("bin/busybox", .copy(program), mode: 0o755))
        for applet in applets.sorted() where applet != "busybox" {
            files.append(ImageFile("bin/\(applet)", .symlink("busybox"), mode: 0o777))
        }
        files.append(ImageFile("usr/bin/env", .symlink("../../bin/busybox"), mode: 0o777))
        let texts = [
            "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
            "etc/group": "root:x:0:\nnogroup:x:65534:\n",
            "etc/nsswitch.conf": "hosts: files dns\n",
        ]
        for (path, text) in texts.sorted(by: { $0.key < $1.key }) {
            files.append(ImageFile(path, .bytes(Array(text.utf8))))
        }
        var blueprint = ImageBlueprint(name: name, architecture: architecture)
        blueprint.aliases = aliases
        blueprint.layers = [.files(files)]
        blueprint.config.command = ["sh"]
        blueprint.config.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        return blueprint
    }

    /// Asks the program for its names.
    package static func applets(
        of program: String = BusyboxImage.program, runner: any ProcessRunner = SystemProcessRunner()
    ) async throws(ImageError) -> [String] {
        do throws(KernelError) {
            let result = try await runner.run(ProcessSpec(program, ["--list"]), timeout: .seconds(10))
            return result.outputText.split(separator: "\n").map(String.init)
        } catch {
            throw ImageError(error)
        }
    }
}
