internal import APIMachinery
internal import LinuxKernel

extension ImageArchives {
    /// Builds the image that the recipe in `folder` describes, imports it under `name` and forgets the archive.
    package func build(folder: String, name: String, scratch: String) async throws(ImageError) {
        var file: String?
        for candidate in ImageRecipe.fileNames where file == nil && Files.exists("\(folder)/\(candidate)") {
            file = "\(folder)/\(candidate)"
        }
        guard let file else {
            throw ImageError(.files, "\(folder) has no \(ImageRecipe.fileNames.joined(separator: " or "))")
        }
        let text: String
        do throws(KernelError) { text = try Files.text(file) } catch { throw ImageError(error) }
        let recipe = try ImageRecipe(parsing: text)
        let room = "\(scratch)/build-\(ProcessTable.ownPID)-\(Self.fileName(name))"
        defer {
            // What is left lies in the caller's scratch folder.
            try? Files.removeTree(room)
        }
        do throws(KernelError) { try Files.makeDirectory(room) } catch { throw ImageError(error) }
        var blueprint = ImageBlueprint(name: name, architecture: MachineName.read().architecture)
        if let base = recipe.base {
            try await save(base, to: "\(room)/base.tar")
            let image = try BaseImage.open("\(room)/base.tar", in: "\(room)/base", blueprint.architecture)
            blueprint.layers = image.layers
            blueprint.config = image.config
        }
        let files = try RecipeFiles.collect(recipe, from: folder)
        if !files.isEmpty { blueprint.layers.append(.files(files)) }
        blueprint.config = recipe.config(over: blueprint.config)
        try await build(blueprint, scratch: room)
    }
}

extension ImageRecipe {
    /// What the image is told, where the recipe says nothing what its base was told.
    func config(over base: ImageConfig) -> ImageConfig {
        var result = base
        if setsEntrypoint {
            result.entrypoint = config.entrypoint
            // A new entrypoint does not take the old one's arguments.
            result.command = []
        }
        if setsCommand { result.command = config.command }
        for variable in config.environment {
            let name = variable.prefix { $0 != "=" }
            result.environment.removeAll { $0.hasPrefix("\(name)=") }
            result.environment.append(variable)
        }
        if !config.workingDirectory.isEmpty { result.workingDirectory = config.workingDirectory }
        if !config.user.isEmpty { result.user = config.user }
        if !config.stopSignal.isEmpty { result.stopSignal = config.stopSignal }
        result.exposedPorts += config.exposedPorts.filter { !base.exposedPorts.contains($0) }
        result.volumes += config.volumes.filter { !base.volumes.contains($0) }
        result.labels.merge(config.labels) { $1 }
        return result
    }
}

/// The files that a recipe copies.
enum RecipeFiles {
    static func collect(_ recipe: ImageRecipe, from folder: String) throws(ImageError) -> [ImageFile] {
        do throws(KernelError) {
            var files: [ImageFile] = []
            var folders: Set<String> = []
            for copy in recipe.copies {
                for source in copy.sources {
                    for file in try entries(copy, "\(folder)/\(source)", source) {
                        addFolders(above: file.path, &folders, &files)
                        if file.contents != .directory || folders.insert(file.path).inserted { files.append(file) }
                    }
                }
            }
            return files
        } catch {
            throw ImageError(error)
        }
    }

    private static func entries(
        _ copy: ImageRecipe.Copy, _ path: String, _ source: String
    ) throws(KernelError) -> [ImageFile] {
        guard let facts = try FileFacts.followed(path) else { throw KernelError("copy", path, code: 2) }
        let target = copy.target.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        let owned: (ImageFile) -> ImageFile = { file in
            var file = file
            (file.user, file.group) = (copy.user, copy.group)
            if file.contents != .directory, let mode = copy.mode { file.mode = mode }
            return file
        }
        if facts.kind == .directory {
            return try ImageBuilder.files(in: path).map { file in
                var moved = owned(file)
                moved.path = target.isEmpty ? file.path : "\(target)/\(file.path)"
                return moved
            }
        }
        let name = source.split(separator: "/").last.map(String.init) ?? source
        let namesFolder = copy.target.hasSuffix("/") || copy.target.hasSuffix("/.") || target.isEmpty
        let isFolder = namesFolder || copy.sources.count > 1
        let whole = isFolder ? (target.isEmpty ? name : "\(target)/\(name)") : target
        return [owned(ImageFile(whole, .copy(path), mode: facts.mode))]
    }

    /// Folders above a file that nobody copied.
    private static func addFolders(above path: String, _ known: inout Set<String>, _ files: inout [ImageFile]) {
        var whole = ""
        for part in path.split(separator: "/").dropLast() {
            whole += whole.isEmpty ? "\(part)" : "/\(part)"
            if known.insert(whole).inserted { files.append(ImageFile(whole, .directory, mode: 0o755)) }
        }
    }
}

/// An exported image, taken apart to build on it.
struct BaseImage {
    var layers: [ImageBlueprint.Layer]
    var config: ImageConfig

    static func open(_ archive: String, in folder: String, _ architecture: String) throws(ImageError) -> BaseImage {
        _ = try TarReader.unpack(archive, into: folder)
        var manifest = try json("\(folder)/index.json")
        // An index may lead to further indexes, one for each kind of machine.
        while manifest["layers"] == nil {
            let entries = manifest["manifests"]?.arrayValue ?? []
            let entry = entries.first { $0[path: "platform", "architecture"]?.stringValue == architecture }
            guard let digest = (entry ?? entries.first)?["digest"]?.stringValue else {
                throw ImageError(.badArchive, "the base image has no manifest for \(architecture)")
            }
            manifest = try json(blob(digest, folder))
        }
        guard let configDigest = manifest[path: "config", "digest"]?.stringValue else {
            throw ImageError(.badArchive, "the base image has no configuration")
        }
        let config = try json(blob(configDigest, folder))
        let diffIDs = config[path: "rootfs", "diff_ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let descriptors = manifest["layers"]?.arrayValue ?? []
        guard diffIDs.count == descriptors.count else {
            throw ImageError(.badArchive, "the base image's layers do not match its configuration")
        }
        let layers = zip(descriptors, diffIDs).map { descriptor, diffID in
            let digest = descriptor["digest"]?.stringValue ?? ""
            return ImageBlueprint.Layer.existing(
                ImageBlob(
                    digest: digest, mediaType: descriptor["mediaType"]?.stringValue ?? ImageBuilder.layerType,
                    sizeBytes: descriptor["size"]?.integerValue ?? 0, file: blob(digest, folder)),
                diffID: diffID)
        }
        return BaseImage(layers: layers, config: ImageConfig(config["config"] ?? .emptyObject))
    }

    private static func blob(_ digest: String, _ folder: String) -> String {
        "\(folder)/blobs/sha256/\(digest.dropFirst("sha256:".count))"
    }

    private static func json(_ file: String) throws(ImageError) -> Value {
        let bytes: [UInt8]
        do throws(KernelError) { bytes = try Files.read(file) } catch { throw ImageError(error) }
        do throws(JSONError) {
            return try Value(json: bytes)
        } catch {
            throw ImageError(.badArchive, "\(file): \(error.message)")
        }
    }
}

extension ImageConfig {
    /// Reads the part `config` of an image's configuration.
    fileprivate init(_ value: Value) {
        func list(_ name: String) -> [String] { value[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        self.init()
        entrypoint = list("Entrypoint")
        command = list("Cmd")
        environment = list("Env")
        workingDirectory = value["WorkingDir"]?.stringValue ?? ""
        user = value["User"]?.stringValue ?? ""
        stopSignal = value["StopSignal"]?.stringValue ?? ""
        exposedPorts = value["ExposedPorts"]?.objectValue?.names ?? []
        volumes = value["Volumes"]?.objectValue?.names ?? []
        for field in value["Labels"]?.objectValue?.elements ?? [] { labels[field.name] = field.value.stringValue }
    }
}
