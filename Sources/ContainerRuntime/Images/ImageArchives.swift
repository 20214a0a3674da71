internal import APIMachinery
package import LinuxKernel

/// Brings archives into a containerd and out of it, through containerd's own client `ctr`: CRI has no words for it.
package struct ImageArchives: Sendable {
    /// How long one import or export may take.
    static let timeout = Duration.seconds(600)

    private let socket: String
    private let client: String
    private let snapshotter: String
    private let runner: any ProcessRunner

    /// `snapshotter` is the one that the containerd behind `socket` uses for containers.
    package init(
        socket: String, client: String = "/usr/bin/ctr", snapshotter: String = "overlayfs",
        runner: any ProcessRunner = SystemProcessRunner()
    ) {
        self.socket = socket
        self.client = client
        self.snapshotter = snapshotter
        self.runner = runner
    }

    /// Imports all images of an OCI or docker archive and returns their names.
    @discardableResult
    package func load(_ archive: String) async throws(ImageError) -> [String] {
        let output = try await run(["import", "--snapshotter", snapshotter, archive])
        // One line a name: `unpacking NAME (sha256:...)...done`
        return output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count >= 2 && words[0] == "unpacking" ? String(words[1]) : nil
        }
    }

    /// Builds an image and imports it; the archive lives in `scratch` meanwhile.
    package func build(_ blueprint: ImageBlueprint, scratch: String) async throws(ImageError) {
        let archive = "\(scratch)/image-\(ProcessTable.ownPID)-\(Self.fileName(blueprint.name)).tar"
        let written: Result<Void, ImageError> = await BlockingThread.run {
            do throws(ImageError) {
                do throws(KernelError) { try Files.makeDirectory(scratch) } catch { throw ImageError(error) }
                return .success(try ImageBuilder.write(blueprint, to: archive))
            } catch {
                return .failure(error)
            }
        }
        defer {
            // A leftover archive lies in the caller's scratch folder.
            try? Files.remove(archive)
        }
        try written.get()
        try await load(archive)
    }

    /// Writes an image that containerd has to an archive.
    package func save(_ name: String, to archive: String) async throws(ImageError) {
        _ = try await run(["export", archive, name])
    }

    private func run(_ arguments: [String]) async throws(ImageError) -> String {
        let spec = ProcessSpec(client, ["--address", socket, "--namespace", "k8s.io", "images"] + arguments)
        let result: ProcessResult
        do throws(KernelError) {
            result = try await runner.run(spec, timeout: Self.timeout)
        } catch {
            throw ImageError(error)
        }
        guard result.status.isSuccess else {
            let reason = result.timedOut ? "timed out" : result.errorText.trimmed
            throw ImageError(.runtime, "ctr images \(arguments.first ?? ""): \(reason)")
        }
        return result.outputText
    }

    static func fileName(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" })
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
