internal import ArgumentParser
internal import ContainerRuntime
internal import Determinism
internal import Kubelet
internal import LinuxKernel
internal import Logging

/// `apus image`: the images of this node.
struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Import, list, remove and build images of this node.",
        subcommands: [ImageImport.self, ImageList.self, ImageRemove.self, ImageBuild.self])
}

/// Which node's images.
struct ImageOptions: ParsableArguments {
    @OptionGroup var logging: LoggingOptions

    @Option(help: "Where the node keeps its state.")
    var dataDir = "/var/lib/apus"

    @Option(help: "Where the node keeps its sockets.")
    var runDir = "/run/apus"

    var paths: ClusterPaths { ClusterPaths(data: dataDir, run: runDir) }

    func archives() throws -> ImageArchives {
        try ContainerdProcess(
            NodeRole.containerd(paths), time: SystemTimekeeper(), log: Logger(label: "apus.image")
        ).archives()
    }

    /// Asks the runtime; its connection lives as long as the question.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (CRIRuntime) async throws -> Answer) async throws -> Answer {
        let socket = NodeRole.containerd(paths).socket
        let runtime = try CRIRuntime(socket: socket, time: SystemTimekeeper(), log: Logger(label: "apus.image"))
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask {
                try await runtime.run()
                return nil
            }
            group.addTask { try await question(runtime) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw AssemblyError("the container runtime does not answer at \(socket)")
        }
    }
}

/// `apus image import FILE...`
struct ImageImport: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import OCI or docker archives.")

    @OptionGroup var options: ImageOptions

    var logging: LoggingOptions { options.logging }

    @Argument(help: "Archives, as docker save and others write them.")
    var files: [String]

    func run() async throws {
        for file in files {
            for name in try await options.archives().load(file) { print(name) }
        }
    }
}

/// `apus image ls`
struct ImageList: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List images.")

    @OptionGroup var options: ImageOptions

    var logging: LoggingOptions { options.logging }

    func run() async throws {
        let images = try await options.ask { try await $0.listImages() }
        for image in images.sorted(by: { $0.id < $1.id }) {
            for tag in image.tags.isEmpty ? ["<none>"] : image.tags { print("\(tag)\t\(image.id.prefix(19))\t\(image.sizeBytes)") }
        }
    }
}

/// `apus image rm NAME...`
struct ImageRemove: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove images.")

    @OptionGroup var options: ImageOptions

    var logging: LoggingOptions { options.logging }

    @Argument(help: "Names or identifiers.")
    var names: [String]

    func run() async throws {
        for name in names {
            let isPresent = try await options.ask { runtime in
                guard try await runtime.imageStatus(name) != nil else { return false }
                try await runtime.removeImage(name)
                return true
            }
            guard isPresent else { throw AssemblyError("there is no image \(name)") }
            print(name)
        }
    }
}

/// `apus image build DIR`
struct ImageBuild: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build an image from a folder with an Imagefile or a Dockerfile.")

    @OptionGroup var options: ImageOptions

    var logging: LoggingOptions { options.logging }

    @Option(name: [.short, .long], help: "The image's name.")
    var tag: String

    @Argument(help: "The folder.")
    var folder: String

    func validate() throws {
        guard ImageReference(tag) != nil, !tag.contains("@") else {
            throw ValidationError("\(tag) is no name that can be given to an image.")
        }
    }

    func run() async throws {
        // Pods find it by the whole name, whatever part of it they write.
        let name = ImageReference(tag)?.fullName ?? tag
        try await options.archives().build(folder: folder, name: name, scratch: options.paths.data + "/scratch")
        print(name)
    }
}
